//! `found_report RUN FILE` writes the page of a run with findings of every head of its model: what the checks in the browser open.
//!
//! The figures are drawn by a generator and look like those of lenses: a few heads with a role, whose loss costs much, and many without one;
//! means of 256 examples with intervals as wide as theirs. Texts that a question could hold stand among them.

use std::path::{Path, PathBuf};

use headlight_record::findings::{
    Ablation, Appearance, Bands, Baseline, Chart, Curve, Curves, Estimate, Findings, HeadFinding, Replacement, Score,
};
use headlight_record::{AttentionRecord, Head, metrics_from_text, records_from_bytes};
use headlight_report::{Report, report_html};

type Failure = Box<dyn std::error::Error>;

const EXAMPLES: usize = 256;
const THRESHOLD: f64 = 0.5;
const SCORES: [(&str, &str); 7] = [
    ("previous", "previous token"),
    ("first", "first token"),
    ("duplicate", "duplicate token"),
    ("induction", "induction"),
    ("needed", "needed keys"),
    ("entropy", "entropy, bits"),
    ("repeated_induction", "induction on repeated tokens"),
];

fn main() -> Result<(), Failure> {
    let [run, out]: [PathBuf; 2] = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "name a run and the page to write")?;
    let mut moments = earlier(&run.join("records"))?;
    let end = records_from_bytes(&std::fs::read(run.join("attention.safetensors"))?)?;
    moments.retain(|moment| step(moment) < step(&end));
    moments.push(end);
    let metrics = metrics_from_text(&std::fs::read_to_string(run.join("metrics.jsonl"))?)?;
    let findings = found(&moments);
    let title = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(std::fs::write(out, report_html(&Report { title, moments, metrics, findings })?)?)
}

/// What a run recorded before its end, in the order of steps; nothing where it recorded nothing.
fn earlier(folder: &Path) -> Result<Vec<Vec<AttentionRecord>>, Failure> {
    let mut moments = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            moments.push(records_from_bytes(&std::fs::read(entry?.path())?)?);
        }
    }
    moments.sort_by_key(|moment| step(moment));
    Ok(moments)
}

fn step(moment: &[AttentionRecord]) -> Option<usize> {
    moment.first().and_then(|record| record.origin().step)
}

/// What each head is: which score of it is high, if any, and how high.
struct Nature {
    head: Head,
    role: Option<usize>,
    strength: f64,
}

fn found(moments: &[Vec<AttentionRecord>]) -> Vec<Findings> {
    let Some(end) = moments.last() else { return vec![] };
    let mut generator = Generator(0x9e37_79b9_7f4a_7c15);
    let natures: Vec<Nature> = end
        .iter()
        .flat_map(|record| {
            let [layers, heads, ..] = record.shape();
            (0..layers * heads).map(move |at| Head { kind: record.kind(), layer: at / heads, head: at % heads })
        })
        .map(|head| {
            let role = (generator.next() < 0.4).then(|| (generator.next() * 5.0) as usize);
            let strength = if role.is_some() { 0.7 + 0.29 * generator.next() } else { 0.05 + 0.3 * generator.next() };
            Nature { head, role, strength }
        })
        .collect();
    let empty = Findings {
        origin: end.first().map(|record| record.origin().clone()).unwrap_or_default(),
        examples: EXAMPLES,
        ..Findings::default()
    };
    vec![
        heads(&natures, empty.clone(), &mut generator),
        ablate(&natures, empty.clone(), &mut generator),
        training(&natures, moments, empty, &mut generator),
    ]
}

fn heads(natures: &[Nature], empty: Findings, generator: &mut Generator) -> Findings {
    let scores = SCORES.map(|(name, title)| Score { name: name.to_string(), title: title.to_string() });
    let heads = natures.iter().map(|Nature { head, role, strength }| HeadFinding {
        head: *head,
        roles: role.map(|at| SCORES[at].1.to_string()).into_iter().collect(),
        scores: (0..SCORES.len())
            .map(|at| {
                let estimate = match at {
                    5 => generator.around(3.1 * (1.0 - strength), 0.05),
                    _ if Some(at) == *role => generator.share(*strength),
                    _ => generator.low_share(0.2),
                };
                (SCORES[at].0.to_string(), estimate)
            })
            .collect(),
    });
    Findings {
        lens: "heads".to_string(),
        heads: heads.collect(),
        scores: scores.to_vec(),
        notes: vec![format!("a role is named where the lower end of its score's interval is at least {THRESHOLD}")],
        ..empty
    }
}

fn ablate(natures: &[Nature], empty: Findings, generator: &mut Generator) -> Findings {
    let mut ablations = Vec::new();
    for with in [Replacement::Zero, Replacement::Mean, Replacement::Resample] {
        for Nature { head, role, strength } in natures {
            let lost = match role {
                Some(_) => generator.share(strength - 0.4),
                None => generator.low_share(0.02),
            };
            let loss = generator.around(4.0 * lost.mean, 0.1 * lost.mean + 0.002);
            let failure =
                |question: &str| [question.to_string(), "3 1 4 1 5".to_string(), "3 1 4 <b>4</b> 5".to_string()];
            ablations.push(Ablation {
                what: head.to_string(),
                with,
                exact_match: 0.996 - lost.mean,
                exact_match_change: -lost.mean,
                loss_change: loss.mean,
                low: -lost.high,
                high: -lost.low,
                loss_low: loss.low,
                loss_high: loss.high,
                examples: EXAMPLES,
                gradient: None,
                heads: vec![*head],
                feed_forward: vec![],
                failures: if role.is_some() {
                    ["3 1 4 1 5", "2 7 1 8 \u{200b}2", "</script><script>alert(1)</script>"].map(failure).to_vec()
                } else {
                    vec![]
                },
            });
        }
    }
    Findings {
        lens: "ablate".to_string(),
        baseline: Some(Baseline { exact_match: generator.share(0.996), loss: generator.around(0.012, 0.002) }),
        ablations,
        notes: vec!["a model without one of its heads is off the distribution that it was trained on".to_string()],
        ..empty
    }
}

fn training(
    natures: &[Nature],
    moments: &[Vec<AttentionRecord>],
    empty: Findings,
    generator: &mut Generator,
) -> Findings {
    let steps: Vec<f64> = moments.iter().filter_map(|moment| step(moment)).map(|step| step as f64).collect();
    let last = steps.last().copied().unwrap_or(1.0);
    let (mut curves, mut effects, mut appearances) = (vec![], vec![], vec![]);
    for Nature { head, role, strength } in natures {
        let turn = last * (0.3 + 0.4 * generator.next());
        let points: Vec<(f64, f64, [f64; 2])> = steps
            .iter()
            .map(|step| {
                let Estimate { mean, low, high, .. } =
                    generator.share(strength / (1.0 + ((turn - step) / (0.06 * last)).exp()));
                (*step, mean, [low, high])
            })
            .collect();
        if let (Some(at), Some((step, ..))) = (role, points.iter().find(|(_, mean, _)| *mean > THRESHOLD)) {
            appearances.push(Appearance {
                head: *head,
                role: SCORES[*at].1.to_string(),
                step: *step as usize,
                score: None,
            });
        }
        let lost = points.iter().map(|(step, mean, [low, high])| (*step, -0.8 * mean, [-0.8 * high, -0.8 * low]));
        effects.push(Curve { label: head.to_string(), head: Some(*head), points: lost.collect() });
        curves.push(Curve { label: head.to_string(), head: Some(*head), points });
    }
    let chart = |name: &str, title: &str, quantity: &str, curves| {
        Chart::Curves(Curves {
            name: name.to_string(),
            title: title.to_string(),
            across: "training step".to_string(),
            quantity: quantity.to_string(),
            curves,
            bands: Bands::Intervals,
        })
    };
    Findings {
        lens: "training".to_string(),
        appearances,
        charts: vec![
            chart("strongest", "strongest score: mean over 256 examples", "score", curves),
            chart("effect", "exact match lost without it", "change of exact match", effects),
        ],
        ..empty
    }
}

/// Numbers in [0, 1), the same every time: xorshift.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A mean with an interval of about this half width.
    fn around(&mut self, mean: f64, half: f64) -> Estimate {
        let (below, above) = (half * (0.8 + 0.4 * self.next()), half * (0.8 + 0.4 * self.next()));
        Estimate { mean, low: mean - below, high: mean + above, examples: EXAMPLES }
    }

    /// A share below a bound.
    fn low_share(&mut self, bound: f64) -> Estimate {
        let mean = bound * self.next();
        self.share(mean)
    }

    /// A share with the interval that as many examples leave it.
    fn share(&mut self, mean: f64) -> Estimate {
        let estimate = self.around(mean, 1.96 * (mean * (1.0 - mean) / EXAMPLES as f64).sqrt());
        Estimate { low: estimate.low.max(0.0), high: estimate.high.min(1.0), ..estimate }
    }
}
