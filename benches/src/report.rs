use std::path::Path;

use anyhow::Context;
use headlight_runs::write_whole;
use serde::Serialize;

use crate::arguments::CompareArguments;
use crate::machine::{self, Machine};
use crate::peers::{Peer, Peers};
use crate::plan::{Targets, Unit};
use crate::statistics::median;
use crate::work::Group;

/// Everything that was measured: what the table shows, and what `--json` writes with every sample.
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) python: Peers,
    pub(crate) rounds: u16,
    pub(crate) steps: u32,
    pub(crate) notes: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) group: Group,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) targets: Option<Targets>,
    pub(crate) headlight: Side,
    /// The peer's ways; empty where it is missing.
    pub(crate) peers: Vec<Side>,
}

/// One side of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Side {
    /// `None` is Headlight.
    pub(crate) peer: Option<Peer>,
    pub(crate) samples: Vec<f64>,
    pub(crate) peaks_mib: Vec<f64>,
    pub(crate) failures: Vec<String>,
}

impl Side {
    fn name(&self, group: Group) -> String {
        self.peer.map_or_else(|| "Headlight".to_string(), |peer| peer.name(group))
    }

    pub(crate) fn median(&self) -> Option<f64> {
        median(&self.samples)
    }

    pub(crate) fn peak_mib(&self) -> Option<f64> {
        median(&self.peaks_mib)
    }
}

impl Row {
    /// The peer's best way, by its median.
    pub(crate) fn best_peer(&self) -> Option<&Side> {
        let measured = self.peers.iter().filter_map(|side| Some((side, side.median()?)));
        let best = measured.reduce(|best, next| if self.unit.ratio(next.1, best.1) > 1.0 { next } else { best });
        best.map(|(side, _)| side)
    }

    /// How many times better Headlight is.
    pub(crate) fn ratio(&self) -> Option<f64> {
        Some(self.unit.ratio(self.headlight.median()?, self.best_peer()?.median()?))
    }

    /// Which of the row's targets is reached.
    pub(crate) fn reached(&self) -> Option<&'static str> {
        let (targets, ratio) = (self.targets?, self.ratio()?);
        Some(match ratio {
            ratio if ratio >= targets.aim => "aim",
            ratio if ratio >= targets.at_least => "at least",
            _ => "no",
        })
    }
}

impl Report {
    /// Adds what is to be said about the numbers.
    pub(crate) fn new(rows: Vec<Row>, peers: &Peers, arguments: &CompareArguments, load_before: Option<f64>) -> Self {
        let failures = rows.iter().flat_map(|row| {
            let failure = |side: &Side| {
                let who = side.name(row.group);
                side.failures.first().map(|failure| format!("{}: {who} failed: {failure}", row.label))
            };
            std::iter::once(&row.headlight).chain(&row.peers).filter_map(failure).collect::<Vec<_>>()
        });
        let notes = machine::warning(load_before).into_iter().chain(peers.missing()).chain(failures).collect();
        Self {
            machine: Machine::describe(load_before),
            python: peers.clone(),
            rounds: arguments.rounds,
            steps: arguments.steps,
            notes,
            rows,
        }
    }

    /// Whether a number of Headlight's own is missing.
    pub(crate) fn headlight_failed(&self) -> bool {
        self.rows.iter().any(|row| !row.headlight.failures.is_empty())
    }

    /// Writes the JSON, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let json = serde_json::to_vec_pretty(&self.to_json())?;
        write_whole(path, &json).context("cannot write")
    }

    fn to_json(&self) -> ReportJson<'_> {
        ReportJson {
            headlight: env!("CARGO_PKG_VERSION"),
            machine: &self.machine,
            python: &self.python,
            rounds: self.rounds,
            steps: self.steps,
            notes: &self.notes,
            rows: self.rows.iter().map(RowJson::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    headlight: &'static str,
    machine: &'a Machine,
    python: &'a Peers,
    rounds: u16,
    steps: u32,
    notes: &'a [String],
    rows: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    group: Group,
    label: &'a str,
    unit: &'static str,
    headlight: SideJson<'a>,
    peers: Vec<SideJson<'a>>,
    best_peer: Option<String>,
    ratio: Option<f64>,
    targets: Option<Targets>,
    reached: Option<&'static str>,
}

#[derive(Serialize)]
struct SideJson<'a> {
    name: String,
    median: Option<f64>,
    samples: &'a [f64],
    peak_mib: Option<f64>,
    failures: &'a [String],
}

impl<'a> RowJson<'a> {
    fn new(row: &'a Row) -> Self {
        let side = |side: &'a Side| SideJson {
            name: side.name(row.group),
            median: side.median(),
            samples: &side.samples,
            peak_mib: side.peak_mib(),
            failures: &side.failures,
        };
        Self {
            group: row.group,
            label: &row.label,
            unit: row.unit.symbol(),
            headlight: side(&row.headlight),
            peers: row.peers.iter().map(side).collect(),
            best_peer: row.best_peer().map(|side| side.name(row.group)),
            ratio: row.ratio(),
            targets: row.targets,
            reached: row.reached(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn side(peer: Option<Peer>, samples: &[f64]) -> Side {
        Side { peer, samples: samples.to_vec(), peaks_mib: vec![64.0], failures: Vec::new() }
    }

    pub(crate) fn row(unit: Unit, headlight: &[f64], peers: &[&[f64]]) -> Row {
        let peers = peers.iter().enumerate().map(|(at, samples)| side(Some(Peer::Threads(at + 1)), samples));
        Row {
            group: Group::Training,
            label: "work".to_string(),
            unit,
            targets: Some(Targets { at_least: 1.5, aim: 2.0 }),
            headlight: side(None, headlight),
            peers: peers.collect(),
        }
    }

    #[test]
    fn the_better_way_of_the_peer_counts() {
        let speed = row(Unit::StepsPerSecond, &[120.0, 130.0, 125.0], &[&[40.0, 200.0, 50.0], &[60.0, 70.0, 62.5]]);
        assert_eq!(speed.best_peer().and_then(|side| side.peer), Some(Peer::Threads(2)));
        assert_eq!(speed.ratio(), Some(2.0));
        let time = row(Unit::Seconds, &[3.0], &[&[6.0], &[9.0]]);
        assert_eq!(time.best_peer().and_then(|side| side.peer), Some(Peer::Threads(1)));
        assert_eq!(time.ratio(), Some(2.0));
    }

    #[test]
    fn a_target_is_reached_from_its_number_on() {
        let reached = |headlight: f64| row(Unit::StepsPerSecond, &[headlight], &[&[100.0]]).reached();
        assert_eq!(reached(200.0), Some("aim"));
        assert_eq!(reached(150.0), Some("at least"));
        assert_eq!(reached(149.0), Some("no"));
        assert_eq!(row(Unit::StepsPerSecond, &[1.0], &[]).reached(), None);
    }

    #[test]
    fn without_a_peer_there_is_no_ratio() {
        assert_eq!(row(Unit::Seconds, &[3.0], &[]).ratio(), None);
        assert_eq!(row(Unit::Seconds, &[], &[&[3.0]]).ratio(), None);
        assert_eq!(row(Unit::Seconds, &[3.0], &[&[]]).ratio(), None);
    }
}
