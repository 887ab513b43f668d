use std::str::FromStr;

/// Some of the numbers from 0 on, as typed: `0`, `2-4` or `0,2-4`, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers(pub(crate) Vec<usize>);

/// More layers, heads or positions than anyone chooses at once.
const MOST: usize = 10_000;

impl Numbers {
    /// The numbers chosen, or all below `count` without a choice.
    pub(crate) fn or_all(choice: Option<&Self>, count: usize) -> Vec<usize> {
        choice.map_or_else(|| (0..count).collect(), |numbers| numbers.0.clone())
    }

    /// The chosen layers and heads as words of a file's name: `L0+2` and `H1`.
    pub(crate) fn file_words(layer: Option<&Self>, head: Option<&Self>) -> Vec<String> {
        let word = |(letter, choice): (char, Option<&Self>)| {
            Some(format!("{letter}{}", choice?.0.iter().map(usize::to_string).collect::<Vec<_>>().join("+")))
        };
        [('L', layer), ('H', head)].into_iter().filter_map(word).collect()
    }
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "not a list of numbers: write numbers and ranges, such as 0,2-3".to_string();
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
        let mut numbers = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            if first > last || last - first >= MOST {
                return Err(wrong());
            }
            for number in first..=last {
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
        Ok(Self(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn numbers_and_ranges() {
        for (text, numbers) in [("0", vec![0]), ("0,2-4", vec![0, 2, 3, 4]), ("3,1-3", vec![3, 1, 2])] {
            assert_eq!(text.parse(), Ok(Numbers(numbers)), "{text}");
        }
        for wrong in ["", "a", "-1", "1-", "3-2", "0-99999999", "1,,2", "18446744073709551616"] {
            assert!(wrong.parse::<Numbers>().is_err(), "{wrong}");
        }
    }
}
