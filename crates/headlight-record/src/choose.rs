use crate::AttentionRecord;

impl AttentionRecord {
    /// A record of some heads of every layer, in the order given, where they are counted from 0 again.
    ///
    /// # Panics
    ///
    /// When there is no such head, or `heads` is empty.
    pub fn chosen_heads(&self, heads: &[usize]) -> Self {
        assert!(!heads.is_empty(), "a record has at least one head");
        let [layers, _, queries, keys] = self.shape();
        let panels = (0..layers).flat_map(|layer| heads.iter().map(move |head| self.head(layer, *head)));
        let weights = panels.flatten().copied().collect();
        self.with_weights([layers, heads.len(), queries, keys], weights)
    }
}

#[cfg(test)]
mod tests {
    use crate::{AttentionKind, AttentionRecord, Origin};

    #[test]
    fn heads_in_any_order() {
        // One query and one key more a head: [layers 2, heads 3, queries 1, keys 2], the first key's weight says which.
        let weights: Vec<f32> = (0..6).flat_map(|at| [at as f32 / 8.0, 1.0 - at as f32 / 8.0]).collect();
        let names = |count: usize| vec!["a".to_string(); count];
        let record =
            AttentionRecord::new(AttentionKind::Cross, [2, 3, 1, 2], weights, names(1), names(2), Origin::default())
                .expect("a record");
        let chosen = record.chosen_heads(&[2, 0]);
        assert_eq!(chosen.shape(), [2, 2, 1, 2]);
        let first: Vec<f32> = chosen.weights().iter().step_by(2).map(|weight| weight * 8.0).collect();
        assert_eq!(first, [2.0, 0.0, 5.0, 3.0]);
    }
}
