//! Nested lists, as `json.dump(weights.tolist(), file)` writes them, or an object of such lists and of tokens.

use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::array::{Array, Bytes, Number, Order};
use super::choice::WeightsChoice;
use super::error::ArrayError;
use super::numbers::Weights;

/// Deeper lists are no array of weights.
const MOST_AXES: usize = 5;

/// Numbers in nested lists, all lists of one depth equally long.
#[derive(Default)]
struct Nested {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// What the file holds: a list, or an object.
#[derive(Default)]
struct Contents {
    weights: Option<Nested>,
    query_tokens: Option<Vec<String>>,
    key_tokens: Option<Vec<String>>,
}

/// Reads everything: how many tokens there are is known at the end only.
pub(super) fn read(source: impl Read, choice: &WeightsChoice<'_>) -> Result<Weights, ArrayError> {
    if let Some(name) = choice.array {
        return Err(ArrayError::NoNames { asked: name.to_string() });
    }
    let contents: Contents = serde_json::from_reader(source).map_err(|source| ArrayError::Json { source })?;
    let nested = contents.weights.ok_or(ArrayError::NoWeights)?;
    let array = Array::new(&nested.shape, Number::F32, Bytes::LittleEndian, Order::RowMajor, choice.batch_index)?;
    let Contents { query_tokens, key_tokens, .. } = contents;
    Ok(Weights { shape: array.shape(), values: array.chosen(&nested.values), query_tokens, key_tokens })
}

impl<'de> Deserialize<'de> for Contents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentsVisitor)
    }
}

struct ContentsVisitor;

impl<'de> Visitor<'de> for ContentsVisitor {
    type Value = Contents;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nested lists of weights, or an object with \"weights\" and \"tokens\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Contents, A::Error> {
        let mut nested = Nested::default();
        Level { nested: &mut nested, depth: 0 }.visit_seq(list)?;
        Ok(Contents { weights: Some(nested), ..Contents::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Contents, A::Error> {
        let mut contents = Contents::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "weights" => {
                    let mut nested = Nested::default();
                    object.next_value_seed(Level { nested: &mut nested, depth: 0 })?;
                    contents.weights = Some(nested);
                }
                "tokens" => {
                    let tokens: Vec<String> = object.next_value()?;
                    contents.query_tokens.get_or_insert_with(|| tokens.clone());
                    contents.key_tokens.get_or_insert(tokens);
                }
                "query_tokens" => contents.query_tokens = Some(object.next_value()?),
                "key_tokens" => contents.key_tokens = Some(object.next_value()?),
                other => {
                    return Err(A::Error::custom(format!(
                        "unknown key \"{other}\": there may be \"weights\", \"tokens\", \"query_tokens\" and \"key_tokens\""
                    )));
                }
            }
        }
        Ok(contents)
    }
}

/// One list of the nest, or one number.
struct Level<'n> {
    nested: &'n mut Nested,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a weight, or a list of weights")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { nested, depth } = self;
        if depth == MOST_AXES || (nested.shape.len() == depth && !nested.values.is_empty()) {
            return Err(A::Error::custom("lists are nested unevenly, or more than five deep"));
        }
        // The first list of each depth decides how long all of them are.
        let first = nested.shape.len() == depth;
        if first {
            nested.shape.push(0);
        }
        let mut count = 0;
        while list.next_element_seed(Level { nested: &mut *nested, depth: depth + 1 })?.is_some() {
            count += 1;
        }
        if first {
            nested.shape[depth] = count;
        }
        if nested.shape[depth] == count { Ok(()) } else { Err(A::Error::custom("lists of one depth differ in length")) }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        if self.nested.shape.len() != self.depth {
            return Err(E::custom("a number stands where a list should be"));
        }
        self.nested.values.push(number as f32);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom("null is not a weight"))
    }
}
