//! `headlight explain`: the numbers that it prints are those of the equation, computed here once more from Q, K and V.

mod program;

use std::path::Path;

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, records_from_bytes, records_to_bytes};
use headlight_runs::read_records;
use program::{Messages, printed, printed_alone, temporary};

/// What is printed, and the pictures among it.
fn explained(directory: &Path, arguments: &str) -> (String, Vec<String>) {
    let said = printed_alone(directory, &format!("explain {arguments}"));
    let is_path = |line: &&str| line.ends_with(".png") || line.ends_with(".svg");
    let paths: Vec<String> = said.lines().filter(is_path).map(str::to_string).collect();
    assert!(paths.iter().all(|path| directory.join(path).is_file()), "{paths:?}");
    (said, paths)
}

fn train(directory: &Path, architecture: &str) {
    let small = "--max-steps 30 --length 3 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 1 --quiet";
    printed(directory, &format!("train copy --out run {small} --architecture {architecture}"));
}

/// The numbers of the matrix under the line that begins with this: a row each, `None` where a cell is masked.
fn matrix(text: &str, title: &str) -> Vec<Vec<Option<f64>>> {
    let lines = text.lines().skip_while(|line| !line.contains(title)).skip(2);
    let cell = |word: &str| match word {
        "·" => None,
        number => Some(number.replace('−', "-").parse::<f64>().unwrap_or_else(|_| panic!("{number}"))),
    };
    let row = |line: &str| line.split_whitespace().skip(1).map(cell).collect();
    lines.take_while(|line| line.starts_with("  ") && !line.contains("shortened")).map(row).collect()
}

fn assert_rows(found: &[Vec<Option<f64>>], expected: impl Fn(usize, usize) -> Option<f64>) {
    assert!(!found.is_empty());
    for (row, numbers) in found.iter().enumerate() {
        for (column, number) in numbers.iter().enumerate() {
            match (number, expected(row, column)) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 0.00501, "{row}, {column}: {found}, not {expected}");
                }
                (found, expected) => assert_eq!(*found, expected, "{row}, {column}"),
            }
        }
    }
}

/// All steps of a head, from Q, K and V in float64.
struct Oracle {
    q: Vec<Vec<f64>>,
    k: Vec<Vec<f64>>,
    v: Vec<Vec<f64>>,
    visible: Vec<bool>,
}

impl Oracle {
    fn of(record: &AttentionRecord, layer: usize, head: usize) -> Self {
        let of = record.head_projections(layer, head).expect("a run's record knows them");
        let rows = |numbers: &[f32], width: usize| {
            numbers.chunks_exact(width).map(|row| row.iter().copied().map(f64::from).collect()).collect()
        };
        let mask = record.mask().expect("a task's mask");
        Self {
            q: rows(of.query, of.d_head),
            k: rows(of.key, of.d_head),
            v: rows(of.value, of.d_value),
            visible: mask.iter().map(|cell| *cell == MaskCell::Visible).collect(),
        }
    }

    fn product(&self, query: usize, key: usize) -> f64 {
        self.q[query].iter().zip(&self.k[key]).map(|(q, k)| q * k).sum()
    }

    fn score(&self, query: usize, key: usize) -> f64 {
        self.product(query, key) / (self.q[0].len() as f64).sqrt()
    }

    fn masked(&self, query: usize, key: usize) -> Option<f64> {
        self.visible[query * self.k.len() + key].then(|| self.score(query, key))
    }

    fn weight(&self, query: usize, key: usize) -> Option<f64> {
        let sum: f64 = (0..self.k.len()).filter_map(|key| self.masked(query, key)).map(f64::exp).sum();
        self.masked(query, key).map(|score| score.exp() / sum)
    }

    fn context(&self, query: usize, column: usize) -> f64 {
        (0..self.k.len()).filter_map(|key| Some(self.weight(query, key)? * self.v[key][column])).sum()
    }
}

#[test]
fn a_run_s_head_is_printed_as_the_equation_has_it() {
    let directory = temporary();
    train(directory.path(), "encoder-decoder");
    let records = read_records(&directory.path().join("run/attention.safetensors")).expect("records");
    for record in &records {
        let kind = record.kind().name();
        let (said, paths) =
            explained(directory.path(), &format!("--run run --kind {kind} --layer 1 --head 0 --query 2"));
        assert_eq!(paths, [format!("run/heatmaps/{kind}_L1_H0_steps.png")]);
        assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
        let oracle = Oracle::of(record, 1, 0);
        assert_rows(&matrix(&said, ". Q:"), |row, column| Some(oracle.q[row][column]));
        assert_rows(&matrix(&said, ". K:"), |row, column| Some(oracle.k[row][column]));
        assert_rows(&matrix(&said, ". Q Kᵀ:"), |row, column| Some(oracle.product(row, column)));
        assert_rows(&matrix(&said, ". scores ="), |row, column| Some(oracle.score(row, column)));
        assert_rows(&matrix(&said, ". mask:"), |row, column| oracle.masked(row, column));
        assert_rows(&matrix(&said, ". weights ="), |row, column| oracle.weight(row, column));
        assert_rows(&matrix(&said, ". V:"), |row, column| Some(oracle.v[row][column]));
        assert_rows(&matrix(&said, ". context ="), |row, column| Some(oracle.context(row, column)));
        followed(&said, &oracle, record.kind());
    }
    // Without a choice: the head that looks most at what the task needs.
    let (kind, layer, head) = best(&records);
    let (said, _) = explained(directory.path(), "--run run");
    assert!(said.starts_with(&format!("{} · layer {layer} · head {head} · copy · step 30", kind.title())), "{said}");
    let (said, _) = explained(directory.path(), "\"3 1 4\" --run run --kind cross");
    assert_eq!(matrix(&said, ". Q:").len(), 3);
    assert!(said.contains("\n  BOS ") && said.contains("\n  4 "), "{said}");
}

/// The row of query 2 in full: the terms give the products, and the weights are the softmax's.
fn followed(said: &str, oracle: &Oracle, kind: AttentionKind) {
    let part = said.split("term by term").nth(1).expect("a query was followed");
    let number = |text: &str| text.replace('−', "-").replace(['(', ')'], "").parse::<f64>().expect("a number");
    let lines: Vec<&str> = part.lines().collect();
    let keys: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].starts_with("  key ")).take(oracle.k.len()).collect();
    assert_eq!(keys.len(), oracle.k.len());
    for (key, at) in keys.iter().enumerate() {
        let terms: Vec<&str> = lines[at + 1..].iter().take_while(|line| !line.starts_with("    =")).copied().collect();
        let result = lines[at + 1 + terms.len()];
        let terms = terms.iter().flat_map(|line| line.split_whitespace()).filter(|word| word.contains('·'));
        let (factors, sums): (Vec<_>, Vec<f64>) = terms
            .map(|term| {
                let (q, k) = term.split_once('·').expect("a product");
                ((number(q), number(k)), number(q) * number(k))
            })
            .unzip();
        for (feature, (q, k)) in factors.iter().enumerate() {
            assert!((q - oracle.q[2][feature]).abs() < 0.00501 && (k - oracle.k[key][feature]).abs() < 0.00501);
        }
        assert_eq!(factors.len(), 8);
        let product = number(result.split_whitespace().nth(1).expect("= product,").trim_end_matches(','));
        assert!((product - oracle.product(2, key)).abs() < 0.00501);
        // Factors have two digits, so that their products' sum is close to it.
        assert!((sums.iter().sum::<f64>() - product).abs() < 0.3, "{result}");
        let is_masked = result.contains("later token");
        assert_eq!(is_masked, kind == AttentionKind::DecoderSelf && key > 2);
    }
    let shares = lines.iter().filter(|line| line.contains("  e^"));
    let weights: Vec<f64> = shares.map(|line| number(line.rsplit(' ').next().expect("a weight"))).collect();
    let expected: Vec<f64> = (0..oracle.k.len()).filter_map(|key| oracle.weight(2, key)).collect();
    assert_eq!(weights.len(), expected.len());
    assert!(weights.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 0.000_051));
}

fn best(records: &[AttentionRecord]) -> (AttentionKind, usize, usize) {
    let mut best = (AttentionKind::Cross, 0, 0, -1.0);
    for record in records {
        if let Some((layer, head, score)) = record.best_aligned_head().filter(|(.., score)| *score > best.3) {
            best = (record.kind(), layer, head, score);
        }
    }
    (best.0, best.1, best.2)
}

#[test]
fn words_need_no_run() {
    let directory = temporary();
    let (said, paths) = explained(directory.path(), "\"the cat sat PAD\" --query sat --masks --format svg");
    assert_eq!(paths, ["pictures/decoder_self_L0_H0_steps.svg", "pictures/decoder_self_L0_H0_masks.svg"]);
    assert!(said.contains("an untrained model, seed 0") && said.contains("Query 2, sat"), "{said}");
    let weights = matrix(&said, ". weights =");
    let is_masked = |row: usize| weights[row].iter().map(Option::is_none).collect::<Vec<_>>();
    assert_eq!(is_masked(0), [false, true, true, true]);
    assert_eq!(is_masked(3), [false, false, false, true]); // the last is padding
    for row in &weights {
        assert!((row.iter().flatten().sum::<f64>() - 1.0).abs() < 0.021, "{row:?}");
    }
    // The same weights under the same mask, and all of them without one.
    assert_eq!(matrix(&said, "causal and padding"), weights);
    assert!(matrix(&said, "no mask").iter().flatten().all(Option::is_some));
    let (again, _) = explained(directory.path(), "\"the cat sat PAD\" --query sat --masks --format svg");
    assert_eq!(again, said);
    let (other, _) = explained(directory.path(), "\"the cat sat PAD\" --query sat --masks --seed 1");
    assert_ne!(matrix(&other, ". weights ="), weights);

    // Padding behind the words changes nothing of what they see.
    let (said, _) = explained(directory.path(), "\"the cat sat\" --masks");
    let (sheet, padded) = (matrix(&said, ". weights ="), matrix(&said, "causal and padding"));
    assert_eq!((sheet.len(), padded.len()), (3, 5));
    assert!(sheet.iter().zip(&padded).all(|(row, padded)| row[..] == padded[..3]));

    // Padding in front leaves the first query nothing, and so no context.
    let (said, _) = explained(directory.path(), "\"PAD a b\" --masks --query 0");
    assert_eq!(matrix(&said, "causal and padding")[0], [None; 3]);
    assert_eq!(matrix(&said, ". context =")[0], [Some(0.0); 4]);

    let (said, paths) = explained(directory.path(), "\"le chat\" --key-tokens \"the black cat\" --out elsewhere");
    assert_eq!(paths, ["elsewhere/cross_L0_H0_steps.png"]);
    assert_eq!(matrix(&said, ". weights =")[0].len(), 3);
    let (said, _) = explained(directory.path(), "\"a b\" --kind encoder-self");
    assert!(matrix(&said, ". mask:").iter().flatten().all(Option::is_some), "nothing is masked: {said}");
}

#[test]
fn the_book_has_what_is_printed() {
    let directory = temporary();
    let (said, _) = explained(directory.path(), "\"the cat sat\" --seed 2 --query sat");
    for page in [include_str!("../../../docs/step-by-step.md"), include_str!("../../../docs/zh/step-by-step.md")] {
        let (_, rest) = page.split_once("```text\n").expect("a printed row");
        let (printed, _) = rest.split_once("```").expect("its end");
        assert!(printed.starts_with("Query 2, sat") && said.contains(printed), "{said}");
    }
}

#[test]
fn the_scale_needs_no_words() {
    let directory = temporary();
    let (said, paths) = explained(directory.path(), "--scaling");
    assert_eq!(paths, ["pictures/scaling.png"]);
    let rows: Vec<Vec<f64>> = said
        .lines()
        .map(|line| line.split_whitespace().map_while(|word| word.parse().ok()).collect::<Vec<f64>>())
        .filter(|row| row.len() == 3)
        .collect();
    assert_eq!(
        rows.iter().map(|row| row[0]).collect::<Vec<_>>(),
        (0..10).map(|power| 2f64.powi(power)).collect::<Vec<_>>()
    );
    assert!(rows.iter().all(|row| row[1] > 1.8 && row[1] < 10f64.ln() && row[2] <= row[1] + 0.01), "{rows:?}");
    assert!(rows.windows(2).all(|pair| pair[1][2] < pair[0][2]), "wider heads decide without the scale: {rows:?}");
}

#[test]
fn long_inputs_are_shortened_and_said_to_be() {
    let directory = temporary();
    let words: Vec<String> = (0..40).map(|at| format!("w{at}")).collect();
    let (said, _) = explained(directory.path(), &format!("\"{}\"", words.join(" ")));
    assert!(said.contains("(shortened: 40 rows, 40 columns; --query N shows a row in full)"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    assert!(said.contains("  w39 ") && !said.contains("  w20 "));
}

#[test]
fn what_cannot_be_explained_is_said_in_a_line() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for arguments in [
        "",
        "\" \"",
        "\"a b\" --kind cross",
        "\"a b\" --kind decoder_self --key-tokens c",
        "\"a b\" --layer 1",
        "\"a b\" --head 1",
        "\"a b\" --query 2",
        "\"a b\" --query c",
        "\"a b a\" --query a",
        "\"a b\" --key-tokens \"c d\" --masks",
        "\"a b\" --scale 99",
        "\"a b\" --device flex",
        "--scaling --no-values",
        "--scaling --query 0",
        "--key-tokens a",
        "a --run nothing",
    ] {
        messages.refused(&format!("explain {arguments}"));
    }
    train(directory.path(), "decoder");
    for arguments in [
        "--run run --kind cross",
        "\"a b\" --run run",
        "--run run --layer 2",
        "--run run --key-tokens a",
        "--run run --seed 1",
    ] {
        messages.refused(&format!("explain {arguments}"));
    }
    let attention = directory.path().join("run/attention.safetensors");
    let bytes = std::fs::read(&attention).expect("a record");
    std::fs::write(&attention, &bytes[..bytes.len() - 4]).expect("shorter");
    assert!(Messages::of(directory.path()).refused("explain --run run").contains("attention.safetensors"));
    // A record of an older Headlight, which has weights alone.
    let old: Vec<_> =
        records_from_bytes(&bytes).expect("records").into_iter().map(AttentionRecord::without_projections).collect();
    std::fs::write(&attention, records_to_bytes(&old).expect("records")).expect("an older record");
    std::fs::remove_file(directory.path().join("run/files.jsonl")).expect("it is there");
    messages.refused("explain --run run");
    insta::assert_snapshot!("refused", messages.as_ref());
    explained(directory.path(), "\"3 1 4\" --run run");
}
