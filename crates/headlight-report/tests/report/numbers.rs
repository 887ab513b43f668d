//! A page tells the truth: every number in it is as close to the record's as the page says.

use crate::page_data::{PageData, number};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections};
use headlight_report::{Report, report_html};
use proptest::prelude::*;

/// Weights of every size that a float can have, and rows that are nothing but zeros.
fn weight() -> impl Strategy<Value = f32> {
    prop_oneof![3 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32), 1 => 0.0f32..1e-30, 1 => 0.0f32..1e-43, 1 => 1.0f32..1e30]
}

fn record() -> impl Strategy<Value = AttentionRecord> {
    let shape = [1usize..3, 1usize..4, 1usize..9, 1usize..9];
    (shape, any::<bool>(), any::<bool>()).prop_flat_map(|(shape, has_mask, has_zero_row)| {
        let [layers, heads, queries, keys] = shape;
        let cell = prop_oneof![3 => Just(MaskCell::Visible), 1 => Just(MaskCell::Causal), 1 => Just(MaskCell::Padding)];
        let weights = proptest::collection::vec(weight(), layers * heads * queries * keys);
        let masks = proptest::collection::vec(cell, queries * keys);
        (weights, masks).prop_map(move |(mut weights, mask)| {
            for (at, weight) in weights.iter_mut().enumerate() {
                let cell = at % mask.len();
                if has_mask && mask[cell] != MaskCell::Visible || has_zero_row && cell < keys {
                    *weight = 0.0;
                }
            }
            let record = plain(shape, weights);
            if has_mask { record.with_mask(mask).expect("masked cells are 0") } else { record }
        })
    })
}

proptest! {
    #[test]
    fn weights_are_within_the_error_that_the_page_gives(record in record()) {
        let page = page_of(vec![vec![record.clone()]]);
        prop_assert_eq!(&page, &page_of(vec![vec![record.clone()]]), "equal records give equal bytes");
        let data = PageData::read(&page);
        let entry = data.record(0, 0);
        prop_assert_eq!(number(&entry["bits"]), 16);
        check_weights(&data, &record);
        if let Some(mask) = record.mask() {
            let bytes: Vec<u8> = mask.iter().map(|cell| *cell as u8).collect();
            prop_assert_eq!(data.mask(entry), Some(bytes.as_slice()));
        }
    }

    #[test]
    fn what_weights_came_from_is_within_a_part_in_65534_of_its_rows_largest(
        numbers in proptest::collection::vec(prop_oneof![-1e3f32..1e3, Just(0.0f32), -1e-20f32..1e-20], 200),
        has_bias in any::<bool>(),
    ) {
        let [layers, heads, queries, keys, d_head, d_value] = [2, 2, 3, 4, 5, 2];
        let mut next = numbers.iter().copied().cycle();
        let mut take = |count| next.by_ref().take(count).collect::<Vec<f32>>();
        let projections = Projections {
            d_head,
            d_value,
            query: take(layers * heads * queries * d_head),
            key: take(layers * heads * keys * d_head),
            value: take(layers * heads * keys * d_value),
            bias: has_bias.then(|| take(heads * queries * keys)),
        };
        let shape = [layers, heads, queries, keys];
        let record = plain(shape, vec![0.25; shape.iter().product()]).with_projections(projections).expect("it fits");
        let data = PageData::read(&page_of(vec![vec![record.clone()]]));
        let entry = data.record(0, 0);
        for at in 0..layers * heads {
            let truth = record.head_projections(at / heads, at % heads).expect("projections");
            let shown = data.projections(entry, [queries, keys], at);
            for (truth, shown) in [truth.query, truth.key, truth.value].into_iter().zip(&shown) {
                check_signed(truth, shown);
            }
            if let Some(bias) = truth.bias {
                check_signed(bias, &data.bias(entry, [queries, keys], at % heads));
            }
        }
        prop_assert_eq!(entry["projections"]["bias"].is_null(), !has_bias);
    }
}

#[test]
fn a_large_page_has_8_bits_and_thumbnails_and_is_still_true() {
    let shape = [1, 3, 1900, 1900];
    // The last head gives one key 0.6 and shares the rest out among all others: no cell of these is as much as half a step of 0.6.
    let rest = 0.4 / 1899.0f64;
    let weight = |at: usize| match (at / (1900 * 1900), at % 1900) {
        (2, 7) => 0.6,
        (2, _) => rest as f32,
        _ => (at % 977) as f32 / 976.0,
    };
    let record = plain(shape, (0..shape.iter().product()).map(weight).collect());
    let data = PageData::read(&page_of(vec![vec![record.clone()]]));
    let entry = data.record(0, 0);
    assert_eq!(number(&entry["bits"]), 8);
    check_weights(&data, &record);
    let largest = data.head(entry, [1900, 1900], 0).error.into_iter().fold(0.0, f32::max);
    assert!((1.0 / 511.0..1.0 / 509.0).contains(&largest), "half a step of 8 bits, not {largest}");
    let shown = data.head(entry, [1900, 1900], 2);
    let seen = shown.weights.iter().filter(|weight| **weight > 0.0).count();
    assert_eq!(seen, 1900, "a key a query: 8 bits show no more of these rows");
    let entropy = -0.6 * 0.6f64.log2() - 0.4 * rest.log2();
    assert!(
        entropy > 5.0 && shown.entropies.iter().all(|shown| (f64::from(*shown) - entropy).abs() < 1e-4),
        "{entropy}"
    );
    let measure = |name| data.measure(entry, name, 2).expect("a number");
    // On the diagonal from query 0 and key 0 one query attends to key 7, and all 1900 queries are on it.
    let diagonal = (0.6 + 1899.0 * rest) / 1900.0;
    for (name, truth) in [("entropy", entropy), ("sharpness", 0.6), ("first", rest), ("offset", diagonal)] {
        assert!((measure(name) - truth).abs() < 1e-4 * truth, "{name}: {} for {truth}", measure(name));
    }
}

#[test]
fn measures_by_hand() {
    let visible = MaskCell::Visible;
    let later = MaskCell::Causal;
    // Query 0 has no choice, so it counts for the alignment alone, if it needs a key.
    let weights = vec![1.0, 0.0, 0.0, 0.75, 0.25, 0.0, 0.5, 0.25, 0.25];
    let mask = vec![visible, later, later, visible, visible, later, visible, visible, visible];
    let record = plain([1, 1, 3, 3], weights).with_mask(mask).expect("masked cells are 0");
    let read = |record: &AttentionRecord| PageData::read(&page_of(vec![vec![record.clone()]]));
    let names = ["alignment", "sharpness", "entropy", "offset", "bestOffset", "first"];
    let numbers = |data: &PageData| names.map(|name| data.measure(data.record(0, 0), name, 0));
    let data = read(&record);
    let entropies = data.head(data.record(0, 0), [3, 3], 0).entropies;
    let expected = [0.0, 0.811_278, 1.5];
    assert!(entropies.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-6), "{entropies:?}");
    let [alignment, sharpness, entropy, offset, best_offset, first] = numbers(&data);
    // One back has 0.75 + 0.25, two back 0.5, the query's own place 0.25 + 0.25.
    assert_eq!(
        [alignment, sharpness, offset, best_offset, first],
        [None, Some(0.625), Some(0.5), Some(-1.0), Some(0.625)]
    );
    assert!((entropy.expect("a number") - (0.811_278 + 1.5) / 2.0).abs() < 1e-6);
    let needed = record.with_alignment(vec![vec![0], vec![0], vec![0, 1]]).expect("keys that are there");
    assert!((numbers(&read(&needed))[0].expect("a number") - 2.5 / 3.0).abs() < 1e-6);

    let masked = plain([1, 1, 2, 2], vec![0.0; 4]).with_mask(vec![MaskCell::Padding; 4]).expect("masked cells are 0");
    assert_eq!(numbers(&read(&masked)), [None; 6]);
    assert_eq!(numbers(&read(&plain([1, 1, 2, 1], vec![1.0; 2]))), [None; 6], "one key is no choice");
}

#[test]
fn a_thumbnail_shows_the_largest_weight_under_each_cell() {
    let (queries, keys) = (150, 70);
    let weights: Vec<f32> = (0..2 * queries * keys).map(|at| ((at * 7919) % 1009) as f32 / 1008.0).collect();
    let record = plain([1, 2, queries, keys], weights);
    let data = PageData::read(&page_of(vec![vec![record.clone()]]));
    for head in 0..2 {
        let ([rows, columns], bytes) = data.thumbnail(&data.record(0, 0)["thumbnails"], head);
        assert_eq!([rows, columns], [64, 64]);
        let mut largest = vec![0.0f32; rows * columns];
        for query in 0..queries {
            for key in 0..keys {
                let cell = &mut largest[query * rows / queries * columns + key * columns / keys];
                *cell = cell.max(record.row(0, head, query)[key]);
            }
        }
        let expected: Vec<u8> = largest.iter().map(|weight| (weight * 255.0).round() as u8).collect();
        assert_eq!(bytes, expected);
    }
}

#[test]
fn two_texts_have_thumbnails_of_their_own() {
    // 90 tokens of the first text, with the second's 20 in two pieces among them.
    let segments: Vec<usize> = (0..110).map(|token| usize::from((30..40).contains(&token) || token >= 100)).collect();
    let weights: Vec<f32> = (0..2 * 110 * 110).map(|at| ((at * 7919) % 1009) as f32 / 1008.0).collect();
    let tokens = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
    let (kind, shape) = (AttentionKind::EncoderSelf, [1, 2, 110, 110]);
    let record = AttentionRecord::new(kind, shape, weights, tokens(110), tokens(110), Origin::default());
    let record = record.and_then(|record| record.with_segments(segments.clone())).expect("a record");
    let data = PageData::read(&page_of(vec![vec![record.clone()]]));
    let entry = data.record(0, 0);
    assert_eq!(data.example(entry)["segments"], serde_json::json!(segments));
    let parts = entry["thumbnails"]["parts"].as_array().expect("a list");
    assert_eq!(parts.len(), 4);
    for (part, [from, to]) in parts.iter().zip([[0, 0], [0, 1], [1, 0], [1, 1]]) {
        let of = |text| (0..110).filter(|token| segments[*token] == text).collect::<Vec<usize>>();
        let (queries, keys) = (of(from), of(to));
        for head in 0..2 {
            let ([rows, columns], bytes) = data.thumbnail(part, head);
            assert_eq!([rows, columns], [queries.len().min(64), keys.len().min(64)]);
            for (cell, byte) in bytes.iter().enumerate() {
                let under = |at: usize, count: usize, cells: usize, cell: usize| at * cells / count == cell;
                let rows = queries.iter().enumerate().filter(|(at, _)| under(*at, queries.len(), rows, cell / columns));
                let largest = rows.flat_map(|(_, query)| {
                    let keys =
                        keys.iter().enumerate().filter(|(at, _)| under(*at, keys.len(), columns, cell % columns));
                    let row = record.row(0, head, *query);
                    keys.map(|(_, key)| row[*key])
                });
                assert_eq!(*byte, (largest.fold(0.0, f32::max) * 255.0).round() as u8);
            }
        }
    }
    let one = record.with_segments(vec![1; 110]).expect("a record");
    let data = PageData::read(&page_of(vec![vec![one]]));
    assert!(data.example(data.record(0, 0)).get("segments").is_none(), "one text is no pair");
    assert!(data.record(0, 0)["thumbnails"].get("parts").is_none());
}

#[test]
fn heads_share_blocks_where_they_are_small() {
    let blocks = |shape: [usize; 4]| {
        let page = page_of(vec![vec![plain(shape, vec![0.5; shape.iter().product()])]]);
        check_weights(&PageData::read(&page), &plain(shape, vec![0.5; shape.iter().product()]));
        page.matches("id=\"block-").count()
    };
    assert_eq!(blocks([2, 4, 20, 20]), 1);
    assert_eq!(blocks([1, 3, 200, 200]), 1 + 3, "thumbnails, and each head by itself");
    assert_eq!(blocks([1, 5, 120, 120]), 1 + 2, "thumbnails, and two or three heads in a block");
}

fn check_weights(data: &PageData, record: &AttentionRecord) {
    let [layers, heads, queries, keys] = record.shape();
    for at in 0..layers * heads {
        let shown = data.head(data.record(0, 0), [queries, keys], at);
        for query in 0..queries {
            let truth = record.row(at / heads, at % heads, query);
            let sum: f64 = truth.iter().map(|weight| f64::from(*weight)).sum();
            assert_eq!(shown.sums[query], sum as f32);
            let bits: f64 =
                truth.iter().map(|weight| f64::from(*weight)).filter(|w| *w > 0.0).map(|w| -w * w.ln()).sum();
            let bits = (bits / std::f64::consts::LN_2).max(0.0);
            assert!((f64::from(shown.entropies[query]) - bits).abs() <= 1e-6 * bits.max(1e-6), "{bits}");
            let error = f64::from(shown.error[query]);
            for (key, weight) in truth.iter().enumerate() {
                let off = (f64::from(*weight) - f64::from(shown.weights[query * keys + key])).abs();
                assert!(off <= error, "head {at}, query {query}, key {key}: {weight} is off by {off}, not {error}");
                assert!(*weight == 0.0 || error > 0.0);
            }
        }
    }
}

fn check_signed(truth: &[f32], (shown, largest): &(Vec<f64>, Vec<f32>)) {
    assert_eq!(truth.len(), shown.len());
    let columns = truth.len() / largest.len();
    for (at, (number, shown)) in truth.iter().zip(shown).enumerate() {
        let bound = f64::from(largest[at / columns]) / 65534.0 * (1.0 + 1e-9);
        assert!((f64::from(*number) - shown).abs() <= bound, "{number} is shown as {shown}");
    }
}

fn plain(shape: [usize; 4], weights: Vec<f32>) -> AttentionRecord {
    let tokens = |count: usize| (0..count).map(|at| at.to_string()).collect();
    AttentionRecord::new(AttentionKind::Cross, shape, weights, tokens(shape[2]), tokens(shape[3]), Origin::default())
        .expect("a record")
}

fn page_of(moments: Vec<Vec<AttentionRecord>>) -> String {
    report_html(&Report { title: "a test".to_string(), moments, metrics: vec![], findings: vec![] }).expect("a page")
}
