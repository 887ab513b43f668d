use serde_json::Value;

use crate::child::{Answer, Programs};
use crate::peers::{Peer, Peers};
use crate::plan::{Reading, RowKind, Work};
use crate::report::{Row, Side};

/// A case as it is measured: one side of Headlight's, then the peer's ways.
struct Measured<'a> {
    work: &'a Work,
    sides: Vec<(Option<Peer>, Vec<anyhow::Result<Answer>>)>,
}

/// Does every case once by each side, and all of that again, round after round: what slows the machine down for a while
/// slows all sides down.
pub(crate) fn run(works: &[Work], programs: &Programs, peers: &Peers, rounds: u16) -> Vec<Row> {
    let mut measured: Vec<_> = works
        .iter()
        .map(|work| {
            let sides = std::iter::once(None).chain(peers.ways(&work.case).into_iter().map(Some));
            Measured { work, sides: sides.map(|side| (side, Vec::new())).collect() }
        })
        .collect();
    for round in 1..=rounds {
        for Measured { work, sides } in &mut measured {
            for (peer, answers) in sides {
                let answer = match peer {
                    None => programs.run(&work.case),
                    Some(peer) => peers.run(&work.case, *peer, programs.run_of_lenses().as_deref()),
                };
                progress(round, rounds, work, *peer, &answer);
                answers.push(answer);
            }
        }
    }
    measured.iter().flat_map(rows).collect()
}

fn progress(round: u16, rounds: u16, work: &Work, peer: Option<Peer>, answer: &anyhow::Result<Answer>) {
    let first = &work.rows[0];
    let who = peer.map_or_else(|| "Headlight".to_string(), |peer| peer.name(first.group));
    let what = &first.label;
    match answer {
        Ok(answer) => eprintln!("round {round}/{rounds}  {what}: {who}, {:.1} s", answer.seconds),
        Err(error) => eprintln!("round {round}/{rounds}  {what}: {who} failed: {error:#}"),
    }
}

fn rows(measured: &Measured<'_>) -> Vec<Row> {
    let row = |kind: &RowKind| {
        let mut sides = measured.sides.iter().map(|(peer, answers)| side(kind.reading, *peer, answers));
        Row {
            group: kind.group,
            label: kind.label.clone(),
            unit: kind.unit,
            targets: kind.targets,
            headlight: sides.next().expect("Headlight is the first side"),
            peers: sides.collect(),
        }
    };
    measured.work.rows.iter().map(row).collect()
}

fn side(reading: Reading, peer: Option<Peer>, answers: &[anyhow::Result<Answer>]) -> Side {
    let done = || answers.iter().flatten();
    let errors = answers.iter().filter_map(|answer| answer.as_ref().err());
    Side {
        peer,
        samples: done().filter_map(|answer| read(reading, answer)).collect(),
        peaks_mib: done().filter_map(|answer| answer.peak_mib).collect(),
        failures: errors.map(|error| format!("{error:#}")).collect(),
    }
}

fn read(reading: Reading, answer: &Answer) -> Option<f64> {
    match reading {
        Reading::Field(name) => answer.fields.get(name).and_then(Value::as_f64),
        Reading::Seconds => Some(answer.seconds),
        Reading::Peak => answer.peak_mib,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_keeps_its_numbers_and_its_failures_apart() {
        let answer = |speed: f64| {
            let fields = serde_json::json!({ "steps_per_second": speed });
            let fields = fields.as_object().cloned().expect("it is one");
            Ok(Answer { fields, seconds: 2.0, peak_mib: Some(90.0) })
        };
        let answers = [answer(70.0), Err(anyhow::anyhow!("killed")), answer(80.0)];
        let speed = side(Reading::Field("steps_per_second"), Some(Peer::Threads(2)), &answers);
        assert_eq!(speed.samples, [70.0, 80.0]);
        assert_eq!(speed.failures, ["killed"]);
        assert_eq!(side(Reading::Peak, None, &answers).samples, [90.0, 90.0]);
        assert_eq!(side(Reading::Seconds, None, &answers).samples, [2.0, 2.0]);
        assert!(side(Reading::Field("nothing"), None, &answers).samples.is_empty());
    }
}
