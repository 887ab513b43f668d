use crate::{AttentionRecord, Projections};

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

    /// A record of some queries and keys, in the order given. Its rows sum to less than 1 where keys with weight are left out.
    ///
    /// # Panics
    ///
    /// When there is no such position, or there are no queries or no keys.
    pub fn chosen_positions(&self, queries: &[usize], keys: &[usize]) -> Self {
        assert!(!queries.is_empty() && !keys.is_empty(), "a record has at least one query and one key");
        let [layers, heads, n_queries, n_keys] = self.shape();
        // Of each `[n_queries, n_keys]`, these rows and columns.
        let cells = move || queries.iter().flat_map(move |query| keys.iter().map(move |key| query * n_keys + key));
        let of_panels = |numbers: &[f32]| -> Vec<f32> {
            numbers.chunks_exact(n_queries * n_keys).flat_map(|panel| cells().map(|cell| panel[cell])).collect()
        };
        let rows = |numbers: &[f32], at: &[usize], count: usize, width: usize| -> Vec<f32> {
            let panels = numbers.chunks_exact(count * width);
            panels.flat_map(|panel| at.iter().flat_map(|row| panel[row * width..][..width].iter().copied())).collect()
        };
        let projections = self.projections().map(|of| Projections {
            query: rows(&of.query, queries, n_queries, of.d_head),
            key: rows(&of.key, keys, n_keys, of.d_head),
            value: rows(&of.value, keys, n_keys, of.d_value),
            bias: of.bias.as_deref().map(of_panels),
            ..*of
        });
        let named = |tokens: &[String], at: &[usize]| at.iter().map(|position| tokens[*position].clone()).collect();
        let key_at = |key: &usize| keys.iter().position(|chosen| chosen == key);
        let mut chosen = self.with_weights([layers, heads, queries.len(), keys.len()], of_panels(self.weights()));
        chosen.query_tokens = named(&self.query_tokens, queries);
        chosen.key_tokens = named(&self.key_tokens, keys);
        chosen.mask = self.mask().map(|mask| cells().map(|cell| mask[cell]).collect());
        chosen.alignment = self.alignment().map(|alignment| {
            queries.iter().map(|query| alignment[*query].iter().filter_map(key_at).collect()).collect()
        });
        chosen.segments = self
            .segments()
            .filter(|_| queries == keys)
            .map(|segments| queries.iter().map(|position| segments[*position]).collect());
        chosen.projections = projections;
        chosen
    }
}

#[cfg(test)]
mod tests {
    use crate::{AttentionKind, AttentionRecord, Origin, Projections};

    #[test]
    fn some_queries_and_keys() {
        let numbers = |count: usize| (0..count).map(|at| at as f32).collect::<Vec<f32>>();
        let tokens: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let whole = AttentionRecord::new(
            AttentionKind::EncoderSelf,
            [1, 2, 3, 3],
            numbers(18),
            tokens.clone(),
            tokens,
            Origin::default(),
        )
        .and_then(|record| record.with_alignment(vec![vec![0], vec![1, 2], vec![2]]))
        .and_then(|record| record.with_segments(vec![0, 0, 1]))
        .and_then(|record| {
            let (query, key, value) = (numbers(12), numbers(12), numbers(6));
            let bias = Some(numbers(18));
            record.with_projections(Projections { d_head: 2, d_value: 1, query, key, value, bias })
        })
        .expect("a record");
        let chosen = whole.chosen_positions(&[2], &[2, 0]);
        assert_eq!((chosen.shape(), chosen.weights()), ([1, 2, 1, 2], &[8.0, 6.0, 17.0, 15.0][..]));
        assert_eq!((chosen.query_tokens(), chosen.key_tokens()), (&["c".into()][..], &["c".into(), "a".into()][..]));
        assert_eq!((chosen.alignment(), chosen.segments()), (Some(&[vec![0]][..]), None));
        let of = chosen.projections().expect("as the whole has");
        assert_eq!((&of.query[..], &of.value[..]), (&[4.0, 5.0, 10.0, 11.0][..], &[2.0, 0.0, 5.0, 3.0][..]));
        assert_eq!((&of.key[..4], of.bias.as_deref()), (&[4.0, 5.0, 0.0, 1.0][..], Some(&[8.0, 6.0, 17.0, 15.0][..])));
        assert_eq!(whole.chosen_positions(&[0, 2], &[0, 2]).segments(), Some(&[0, 1][..]));
        assert_eq!(whole.chosen_positions(&[0, 1, 2], &[0, 1, 2]), whole);
    }

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
