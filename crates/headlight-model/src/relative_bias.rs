use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, TensorData};

use crate::mask::Mask;

/// A learned number for each head and each range of distances, which is added to the scores: the relative position bias of T5, Raffel et
/// al., [Exploring the Limits of Transfer Learning](https://arxiv.org/abs/1910.10683), section 2.1.
///
/// Near distances have a number each; farther ones share theirs, in ranges that grow with the logarithm of the distance.
#[derive(Module, Debug)]
pub struct RelativeBias {
    /// `[buckets, n_heads]`
    pub table: Param<Tensor<2>>,
    #[module(skip)]
    max_distance: usize,
    #[module(skip)]
    sees: Sees,
}

/// Which keys the distances of a [`RelativeBias`] tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// Earlier and later ones, with half of the buckets each.
    BothSides,
    /// Earlier ones alone: a decoder.
    EarlierKeys,
}

impl RelativeBias {
    /// The bias of this table. Keys further away than `max_distance` share the last bucket.
    ///
    /// # Shapes
    ///
    /// - table: `[buckets, n_heads]`
    ///
    /// # Panics
    ///
    /// When there are fewer than 2 buckets on a side, or `max_distance` is not beyond those that have one for each distance.
    pub fn new(table: Tensor<2>, max_distance: usize, sees: Sees) -> Self {
        let [buckets, _] = table.dims();
        let exact = exact(buckets, sees);
        assert!(exact > 0, "{buckets} buckets are too few for distances");
        assert!(max_distance > exact, "a largest distance of {max_distance}, and {exact} have buckets of their own");
        Self { table: Param::from_tensor(table), max_distance, sees }
    }

    /// What is added to the scores of a sequence that attends to itself.
    ///
    /// # Shapes
    ///
    /// - mask: `[1, n_heads, seq_length, seq_length]`
    pub fn mask(&self, seq_length: usize) -> Mask {
        let [_, n_heads] = self.table.dims();
        let cells = (0..seq_length).flat_map(|query| (0..seq_length).map(move |key| self.bucket(query, key) as i64));
        let cells = TensorData::new(cells.collect::<Vec<i64>>(), [seq_length * seq_length]);
        let cells = Tensor::<1, Int>::from_data(cells, &self.table.device());
        let biases = self.table.val().select(0, cells); // [queries · keys, n_heads]
        Mask::additive(biases.transpose().reshape([1, n_heads, seq_length, seq_length]))
    }

    /// In 32 bits, as in the models that were trained so: at the border of two buckets the last bit decides.
    fn bucket(&self, query: usize, key: usize) -> usize {
        let [buckets, _] = self.table.dims();
        let (buckets, first) = match self.sees {
            Sees::BothSides => (buckets / 2, if key > query { buckets / 2 } else { 0 }),
            Sees::EarlierKeys => (buckets, 0),
        };
        let distance = match self.sees {
            Sees::BothSides => key.abs_diff(query),
            Sees::EarlierKeys => query.saturating_sub(key),
        };
        let exact = buckets / 2;
        if distance < exact {
            return first + distance;
        }
        let share = (distance as f32 / exact as f32).ln() / (self.max_distance as f64 / exact as f64).ln() as f32;
        let beyond = (share * (buckets - exact) as f32) as usize;
        first + (exact + beyond).min(buckets - 1)
    }
}

/// How many distances have a bucket each.
fn exact(buckets: usize, sees: Sees) -> usize {
    match sees {
        Sees::BothSides => buckets / 4,
        Sees::EarlierKeys => buckets / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_device::device;

    /// Each row's buckets, as numbers of a table that holds its own row numbers.
    fn rows(buckets: usize, max_distance: usize, sees: Sees, seq_length: usize) -> Vec<Vec<f32>> {
        let table = Tensor::<1, Int>::arange(0..buckets as i64, &device()).float().reshape([buckets, 1]);
        let bias = RelativeBias::new(table, max_distance, sees).mask(seq_length);
        let added = bias.added().expect("it adds").clone().into_data().try_into_vec::<f32>().expect("f32");
        added.chunks(seq_length).map(<[f32]>::to_vec).collect()
    }

    #[test]
    fn buckets_are_those_of_transformers() {
        // T5Attention._relative_position_bucket of transformers 5.24 with 8 buckets, largest distance 16.
        let both = rows(8, 16, Sees::BothSides, 20);
        assert_eq!(both[0][..12], [0., 5., 6., 6., 6., 6., 7., 7., 7., 7., 7., 7.]);
        assert_eq!(both[19][8..], [3., 3., 3., 3., 3., 3., 2., 2., 2., 2., 1., 0.]);
        let earlier = rows(8, 16, Sees::EarlierKeys, 20);
        assert_eq!(earlier[19], [7., 7., 7., 7., 7., 7., 7., 7., 6., 6., 6., 6., 5., 5., 4., 4., 3., 2., 1., 0.]);
        assert_eq!(earlier[0], [0.0; 20]);
    }
}
