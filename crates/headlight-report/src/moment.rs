use headlight_record::AttentionRecord;
use headlight_record::findings::Findings;
use serde_json::Value;

use crate::findings::Found;
use crate::moments::moments;

/// What a page needs to show a moment that it was not made with: the same data that `report_html` puts into it.
#[derive(Clone, Debug, PartialEq)]
pub struct MomentData {
    /// `examples` and `moments`, as the page's manifest has them; `moments` is one.
    pub json: Value,
    /// The numbers, as the manifest's block numbers count them; nothing is packed.
    pub blocks: Vec<Vec<u8>>,
}

impl MomentData {
    /// The records of one moment, at most one of each kind.
    pub fn of(records: &[AttentionRecord]) -> Self {
        let moment = [records.to_vec()];
        let (described, blocks) = moments(&moment);
        Self { json: serde_json::to_value(described).expect("names and finite numbers"), blocks: blocks.into_raw() }
    }
}

/// What a page needs of what a lens found: an entry of its manifest's `findings`.
pub fn findings_json(findings: &Findings) -> Value {
    serde_json::to_value(Found::new(findings)).expect("names and finite numbers")
}
