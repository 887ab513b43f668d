//! The layers of a record by the numbers that the model gives them.

use crate::error::{RecordError, check_size};
use crate::record::AttentionRecord;

impl AttentionRecord {
    /// Says which of a model's layers these are, each counted from 0. Without it, they are the first ones.
    ///
    /// # Errors
    ///
    /// When there is not one number a layer, or the numbers do not rise.
    pub fn with_layer_numbers(mut self, numbers: Vec<usize>) -> Result<Self, RecordError> {
        check_size("layer numbers", self.shape()[0], numbers.len())?;
        let rising = numbers.windows(2).filter(|pair| pair[0] < pair[1]).count();
        check_size("rising layer numbers", numbers.len(), rising + 1)?;
        let are_the_first = numbers.iter().copied().eq(0..numbers.len());
        self.layer_numbers = Some(numbers).filter(|_| !are_the_first);
        Ok(self)
    }

    /// The model's number of a layer of this record; they are the same unless some of the model's layers are missing.
    ///
    /// # Panics
    ///
    /// When `layer` is out of range.
    pub fn layer_number(&self, layer: usize) -> usize {
        assert!(layer < self.shape()[0], "layer {layer}: there are {}", self.shape()[0]);
        self.layer_numbers.as_ref().map_or(layer, |numbers| numbers[layer])
    }

    /// The model's numbers of all layers of this record, rising.
    pub fn layer_numbers(&self) -> Vec<usize> {
        (0..self.shape()[0]).map(|layer| self.layer_number(layer)).collect()
    }

    /// Where a layer of the model is in this record; `None` where it is not.
    pub fn layer_at(&self, number: usize) -> Option<usize> {
        (0..self.shape()[0]).find(|layer| self.layer_number(*layer) == number)
    }
}

#[cfg(test)]
mod tests {
    use crate::{AttentionKind, AttentionRecord, Combination, Origin, records_from_bytes, records_to_bytes};

    fn two_layers() -> AttentionRecord {
        let tokens = || vec!["a".to_string()];
        AttentionRecord::new(AttentionKind::Cross, [2, 1, 1, 1], vec![1.0; 2], tokens(), tokens(), Origin::default())
            .expect("a record")
    }

    #[test]
    fn layers_have_the_numbers_that_the_model_gives_them() {
        let record = two_layers();
        assert_eq!((record.layer_numbers(), record.layer_at(1)), (vec![0, 1], Some(1)));
        let record = record.with_layer_numbers(vec![3, 5]).expect("two layers");
        assert_eq!((record.layer_number(1), record.layer_at(3), record.layer_at(1)), (5, Some(0), None));
        assert_eq!(record.combine_heads(Combination::Mean).layer_numbers(), [3, 5]);
        let bytes = records_to_bytes(std::slice::from_ref(&record)).expect("one record");
        assert_eq!(records_from_bytes(&bytes).expect("as written"), [record]);
        assert_eq!(two_layers().with_layer_numbers(vec![0, 1]).expect("the first"), two_layers());
    }

    #[test]
    fn layer_numbers_are_one_a_layer_and_rise() {
        for wrong in [vec![3], vec![3, 3], vec![5, 3], vec![1, 2, 3]] {
            assert!(two_layers().with_layer_numbers(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
