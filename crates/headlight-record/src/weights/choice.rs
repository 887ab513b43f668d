use super::error::ArrayError;

/// Which of a file's weights to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightsChoice<'a> {
    /// The name of the array, where a file holds several.
    pub array: Option<&'a str>,
    /// Which example, where the array has an axis of them; it may be left out where there is only one.
    pub batch_index: Option<usize>,
}

/// The one array that a file holds, or the one that was asked for.
pub(super) fn choose<'n>(names: &[&'n str], asked: Option<&str>) -> Result<&'n str, ArrayError> {
    let all = || names.iter().map(ToString::to_string).collect();
    match (names, asked) {
        ([], _) => Err(ArrayError::NoArray),
        (_, Some(asked)) => match names.iter().find(|name| **name == asked) {
            Some(name) => Ok(name),
            None => Err(ArrayError::NoSuchArray { asked: asked.to_string(), names: all() }),
        },
        ([only], None) => Ok(only),
        (_, None) => Err(ArrayError::SeveralArrays { names: all() }),
    }
}
