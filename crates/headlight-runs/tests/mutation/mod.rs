//! Damage to a file's bytes, of the kinds that readers meet.

use proptest::prelude::*;

/// One change to a file's bytes; places are shares of its length.
#[derive(Clone, Debug)]
pub enum Mutation {
    Flip(f64, u8),
    Cut(f64),
    Remove(f64, usize),
    Insert(f64, Vec<u8>),
    Repeat(f64, f64),
    /// A decimal digit becomes a long number: sizes are what makes readers allocate.
    Number(f64, u64),
}

/// Any of them.
pub fn mutation() -> impl Strategy<Value = Mutation> {
    // Most of the meaning stands at the beginning of a file.
    let place = || prop_oneof![0.0..1.0, 0.0..0.05];
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(place, bit)| Mutation::Flip(place, bit)),
        place().prop_map(Mutation::Cut),
        (place(), 1_usize..40).prop_map(|(place, count)| Mutation::Remove(place, count)),
        (place(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(place, bytes)| Mutation::Insert(place, bytes)),
        (place(), place()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        (place(), prop_oneof![any::<u64>(), 0..100_000_u64])
            .prop_map(|(place, number)| Mutation::Number(place, number)),
    ]
}

impl Mutation {
    /// Changes the bytes so.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        let at = |place: &f64| ((place * length as f64) as usize).min(length - 1);
        match self {
            Self::Flip(place, bit) => bytes[at(place)] ^= 1 << bit,
            Self::Cut(place) => bytes.truncate(at(place)),
            Self::Remove(place, count) => drop(bytes.drain(at(place)..(at(place) + count).min(length))),
            Self::Insert(place, more) => drop(bytes.splice(at(place)..at(place), more.iter().copied())),
            Self::Repeat(from, to) => {
                let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
                bytes.extend_from_within(from..to);
            }
            Self::Number(place, number) => {
                let digit = (at(place)..length).find(|at| bytes[*at].is_ascii_digit());
                if let Some(digit) = digit {
                    bytes.splice(digit..=digit, number.to_string().into_bytes());
                }
            }
        }
    }
}
