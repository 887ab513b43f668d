use std::ops::Range;
use std::str::FromStr;

/// Seeds as typed: `0..20`, `0,3,5`, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seeds(pub(super) Vec<u64>);

/// As many as a sweep has runs at most.
const MOST: u64 = 100_000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "write the first seed and the one after the last, such as 0..20, or a list, such as 0,3,5 (at most {MOST} seeds)"
            )
        };
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let range = range_of(part.trim()).ok_or_else(wrong)?;
            if range.is_empty() || range.end - range.start > MOST - seeds.len() as u64 {
                return Err(wrong());
            }
            seeds.extend(range);
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("seed {} is listed twice", pair[0])),
            None => Ok(Self(seeds)),
        }
    }
}

fn range_of(text: &str) -> Option<Range<u64>> {
    match text.split_once("..") {
        Some((first, end)) => Some(first.parse().ok()?..end.parse().ok()?),
        None => {
            let seed: u64 = text.parse().ok()?;
            Some(seed..seed.checked_add(1)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_ranges_and_lists_with_none_twice() {
        for (text, seeds) in
            [("0..3", vec![0, 1, 2]), ("7", vec![7]), ("0,3,5", vec![0, 3, 5]), ("4..6,1", vec![4, 5, 1])]
        {
            assert_eq!(text.parse(), Ok(Seeds(seeds)), "{text}");
        }
        for wrong in ["", "..", "3..3", "4..3", "0..100001", "0..100000,100001", "0..=3", "a", "-1", "1,,2", "0..3,2"] {
            assert!(wrong.parse::<Seeds>().is_err(), "{wrong}");
        }
    }
}
