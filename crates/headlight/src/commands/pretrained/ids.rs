use std::str::FromStr;

/// Numbers of tokens as typed: `17 4 33`, or `17,4,33`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids(pub(super) Vec<usize>);

impl FromStr for Ids {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split([' ', ',', '\n', '\t']).filter(|number| !number.is_empty());
        let numbers = numbers.map(|number| {
            number.parse().map_err(|_| format!("'{number}' is not a number: write numbers, such as \"17 4 33\""))
        });
        Ok(Self(numbers.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn numbers_with_spaces_or_commas_between() {
        for text in ["17 4 33", "17,4,33", " 17,  4\n33 "] {
            assert_eq!(text.parse(), Ok(Ids(vec![17, 4, 33])), "{text:?}");
        }
        for wrong in ["a", "1 -2", "1.5", "99999999999999999999"] {
            assert!(wrong.parse::<Ids>().is_err(), "{wrong}");
        }
    }
}
