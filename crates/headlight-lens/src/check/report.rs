use std::fmt;

use headlight_model::Head;

use super::change::{Changed, Kept};
use super::compare::{AttentionPart, Difference, Numbers, Place};
use crate::sites::keys_of;

/// What [`check`](super::check) found.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakReport {
    /// One for each kind of change, in the order in which they were made.
    pub checks: Vec<LeakCheck>,
    /// The largest difference that is no leak.
    pub bound: f64,
}

/// What one kind of change came to.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakCheck {
    /// What was changed.
    pub changed: Changed,
    /// What came of it.
    pub verdict: Verdict,
}

/// Whether a change was noticed where it must not be.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nowhere.
    Tight {
        /// How many changes were tried, a pass each.
        changes: usize,
        /// How many numbers of the traces were compared.
        compared: usize,
    },
    /// Somewhere.
    Leaks(Leak),
    /// The model has nothing of the kind, for this reason.
    NotApplicable(&'static str),
}

/// Where a leak begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// The first tensor of the pass in which numbers differ that must not.
    pub place: Place,
    /// In which sequence of the batch they differ most.
    pub sequence: usize,
    /// At which position of it.
    pub position: usize,
    /// By how much; infinite where there is no finite number, changed or not.
    pub change: f64,
    /// The largest change of a logit that must not change; 0 where the leak does not reach them, infinite where one is not finite.
    pub logits_change: f64,
    /// In an attention: the most weight that this position gives to a key that was changed, if it gives one any.
    pub weight: Option<Weight>,
}

/// An attention weight that should be 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Of which head.
    pub head: Head,
    /// To which key.
    pub key: usize,
    /// How much.
    pub weight: f32,
}

impl LeakReport {
    /// Whether no change was noticed where it must not be.
    pub fn is_tight(&self) -> bool {
        self.leaks().next().is_none()
    }

    /// The leaks, and what was changed to find each.
    pub fn leaks(&self) -> impl Iterator<Item = (Changed, &Leak)> {
        self.checks.iter().filter_map(|check| match &check.verdict {
            Verdict::Leaks(leak) => Some((check.changed, leak)),
            Verdict::Tight { .. } | Verdict::NotApplicable(_) => None,
        })
    }
}

impl Leak {
    /// The leak that shows first in the tensor `nth` of the pass.
    pub(super) fn new(before: &[Numbers], differences: &[Difference], nth: usize, kept: &Kept) -> Self {
        let Difference { largest, at: [sequence, position], .. } = differences[nth];
        let place = before[nth].place();
        let logits_change = differences.last().map_or(0.0, |logits| logits.largest);
        let weight = attention_weight(before, place, [sequence, position], kept);
        Self { place, sequence, position, change: largest, logits_change, weight }
    }
}

/// The most weight that a query gives to a key that was changed, in the head in which the leak shows first.
fn attention_weight(before: &[Numbers], place: Place, at: [usize; 2], kept: &Kept) -> Option<Weight> {
    let Place::Head(head, AttentionPart::Weights | AttentionPart::Context) = place else {
        return None;
    };
    let weights = before.iter().find(|numbers| numbers.place() == Place::Head(head, AttentionPart::Weights))?;
    let [sequence, _] = at;
    let kept = &kept.of(keys_of(head.kind))[sequence];
    let changed = weights.row(at).iter().enumerate().filter(|(key, weight)| !kept[*key] && **weight > 0.0);
    let (key, weight) = changed.max_by(|one, other| one.1.total_cmp(other.1))?;
    Some(Weight { head, key, weight: *weight })
}

/// A line for each check.
impl fmt::Display for LeakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, check) in self.checks.iter().enumerate() {
            let end = if nth + 1 < self.checks.len() { "\n" } else { "" };
            write!(f, "{check}{end}")?;
        }
        Ok(())
    }
}

impl fmt::Display for LeakCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.changed.to_string();
        match &self.verdict {
            Verdict::Tight { changes, compared } => {
                let noun = if *changes == 1 { "change" } else { "changes" };
                write!(f, "ok    {name:<15}  {changes} {noun}, {compared} numbers compared, none differs")
            }
            Verdict::NotApplicable(reason) => write!(f, "-     {name:<15}  not applicable: {reason}"),
            Verdict::Leaks(leak) => write!(f, "LEAK  {name:<15}  {leak}"),
        }
    }
}

/// Where it begins, what is seen there, and how far it reaches: a line each, set in below the first.
impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, sequence, position, change, logits_change, weight } = self;
        let newline = format!("\n{:23}", "");
        write!(f, "first in {place}{newline}")?;
        write!(f, "position {position} of sequence {sequence} ")?;
        if change.is_infinite() {
            write!(f, "holds NaN or an infinite number")?;
        } else {
            write!(f, "changes by {}", short(*change))?;
        }
        match (weight, place) {
            (Some(Weight { key, weight, .. }), _) => {
                let weight = short(f64::from(*weight));
                write!(f, "{newline}it gives weight {weight} to key {key}, which was changed")?;
            }
            (None, Place::Head(_, AttentionPart::Weights)) if change.is_finite() => {
                write!(f, "{newline}it gives no weight to a changed key: their scores act otherwise")?;
            }
            (None, _) => {}
        }
        match *logits_change {
            0.0 => write!(f, "{newline}no logit changes yet"),
            f64::INFINITY => write!(f, "{newline}logits are NaN or infinite"),
            change => write!(f, "{newline}logits change by up to {}", short(change)),
        }
    }
}

/// Three digits after the point, or as many as a small number needs.
fn short(number: f64) -> String {
    if number.abs() < 1e-3 { format!("{number:.1e}") } else { format!("{number:.3}") }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FutureTokens => "future tokens",
            Self::SourcePadding => "source padding",
            Self::TargetPadding => "target padding",
            Self::OtherSequences => "other sequences",
        })
    }
}
