//! Circuits as tables.

use headlight_model::{AttentionKind, Head};
use headlight_record::findings::{Cell, Column, Table};

use super::composition::Composition;
use super::copying::Copying;
use crate::names::head_name;

pub(super) fn of_heads(copying: &[(Head, Option<Copying>)], kinds: &[AttentionKind]) -> Table {
    let row = |(head, copying): &(Head, Option<Copying>)| {
        let score = Cell::from(copying.map(|found| found.score));
        vec![head_name(*head, kinds).into(), score, copying.map(|found| found.positive).into()]
    };
    Table {
        title: "does a head raise the token that it attends to?".to_string(),
        columns: vec![
            Column::new("head", "head"),
            Column::new("copying", "copying score"),
            Column::new("positive", "eigenvalues > 0"),
        ],
        rows: copying.iter().map(row).collect(),
    }
}

pub(super) fn of_pairs(compositions: &[Composition], kinds: &[AttentionKind]) -> Table {
    let row = |pair: &Composition| {
        let Composition { from, to, query, key, value, baseline } = *pair;
        let numbers = [query, key, value, Some(baseline.mean), Some(baseline.spread)].map(Cell::from);
        [from, to].map(|head| Cell::from(head_name(head, kinds))).into_iter().chain(numbers).collect()
    };
    let largest =
        |pair: &Composition| [pair.query, pair.key, pair.value].into_iter().flatten().fold(f64::MIN, f64::max);
    let mut sorted: Vec<&Composition> = compositions.iter().collect();
    sorted.sort_by(|one, other| largest(other).total_cmp(&largest(one)));
    Table {
        title: "which head reads what another writes? composition minus that of random matrices".to_string(),
        columns: vec![
            Column::new("from", "from"),
            Column::new("to", "to"),
            Column::new("query", "Q"),
            Column::new("key", "K"),
            Column::new("value", "V"),
            Column::new("random", "random"),
            Column::new("random_spread", "random, s.d."),
        ],
        rows: sorted.into_iter().map(row).collect(),
    }
}
