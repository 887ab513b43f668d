//! Attention and its gradients, one number at a time, in `f64`.

use headlight_flex::kernels::attention::{Cells, Heads, Layout, Masking, SHORT, backward, forward};

use crate::oracle::{assert_close, random, wide};

/// The elements of a tensor of four axes, and its strides.
#[derive(Clone)]
pub struct Strided<T> {
    pub data: Vec<T>,
    pub shape: [usize; 4],
    pub strides: [usize; 4],
}

/// Inputs, masks and the gradient of the context.
#[derive(Clone)]
pub struct Case {
    pub query: Strided<f32>,
    pub key: Strided<f32>,
    pub value: Strided<f32>,
    pub upstream: Strided<f32>,
    pub causal: bool,
    pub masked: Option<Strided<u8>>,
    pub added: Option<Strided<f32>>,
}

/// What the kernel gave, each in the order of its axes.
#[derive(Clone)]
pub struct Found {
    pub context: Vec<f32>,
    /// Weights, or logarithms of sums, as the kernel keeps them.
    pub kept: Vec<f32>,
    /// Of query, key and value.
    pub gradients: [Vec<f32>; 3],
    /// Of the context and of its gradients.
    pub layouts: [Layout; 2],
}

impl<T: Copy> Strided<T> {
    pub fn new(data: Vec<T>, shape: [usize; 4]) -> Self {
        let [_, second, third, fourth] = shape;
        Self { data, shape, strides: [second * third * fourth, third * fourth, fourth, 1] }
    }

    /// The same numbers with the axes nested in another order: `[0, 2, 1, 3]` puts heads side by side, token by token.
    pub fn nested(&self, order: [usize; 4]) -> Self {
        let mut strides = [1; 4];
        for inner in (0..3).rev() {
            strides[order[inner]] = strides[order[inner + 1]] * self.shape[order[inner + 1]];
        }
        let mut data = self.data.clone();
        cells(self.shape).for_each(|cell| data[offset(strides, cell)] = self.at(cell));
        Self { data, shape: self.shape, strides }
    }

    /// An axis of length 1 made longer: the same numbers again and again.
    pub fn expand(mut self, axis: usize, length: usize) -> Self {
        assert_eq!(self.shape[axis], 1);
        (self.shape[axis], self.strides[axis]) = (length, 0);
        self
    }

    pub fn at(&self, cell: [usize; 4]) -> T {
        self.data[offset(self.strides, cell)]
    }

    fn in_order(&self) -> Vec<T> {
        cells(self.shape).map(|cell| self.at(cell)).collect()
    }
}

impl Strided<f32> {
    pub fn random(seed: u64, shape: [usize; 4]) -> Self {
        Self::new(random(seed, shape.iter().product()), shape)
    }

    fn heads(&self) -> Heads<'_> {
        Heads { data: &self.data, shape: self.shape, strides: self.strides }
    }
}

impl Case {
    pub fn new([batch_size, n_heads, queries, keys, d_head, d_value]: [usize; 6], seed: u64) -> Self {
        let part = |seed, length, width| Strided::random(seed, [batch_size, n_heads, length, width]);
        Self {
            query: part(seed, queries, d_head),
            key: part(seed + 1000, keys, d_head),
            value: part(seed + 2000, keys, d_value),
            upstream: part(seed + 3000, queries, d_value),
            causal: false,
            masked: None,
            added: None,
        }
    }

    pub fn run(&self) -> Found {
        let masked = self.masked.as_ref().map(|cells| Cells { data: &cells.data, strides: cells.strides });
        let added = self.added.as_ref().map(|cells| Cells { data: &cells.data, strides: cells.strides });
        let masking = Masking { causal: self.causal, masked, added };
        let inputs = [&self.query, &self.key, &self.value].map(Strided::heads);
        let [query, key, value] = &inputs;

        let context = forward(query, key, value, masking);
        let strides = context.layout.strides(self.upstream.shape);
        let output = Heads { data: &context.data, shape: self.upstream.shape, strides };
        let gradients = backward([query, key, value], masking, &output, &context.kept, &self.upstream.heads());
        let layouts = [context.layout, gradients.layout];

        let in_order = |data, shape, layout: Layout| Strided { data, shape, strides: layout.strides(shape) }.in_order();
        Found {
            context: in_order(context.data, self.upstream.shape, layouts[0]),
            kept: context.kept,
            gradients: [(gradients.query, query), (gradients.key, key), (gradients.value, value)]
                .map(|(gradient, input)| in_order(gradient, input.shape, layouts[1])),
            layouts,
        }
    }

    /// Compares all with the formulas; gradients may have a tolerance of their own.
    pub fn check(&self, what: &str, [tolerance, of_gradients]: [f64; 2]) -> Found {
        let what = |name| format!("{what}: {name} of query {:?} and value {:?}", self.query.shape, self.value.shape);
        let inputs = [&self.query, &self.key, &self.value].map(|input| wide(&input.in_order()));
        let found = self.run();

        assert_close(&what("context"), &found.context, &self.context(inputs.each_ref()), tolerance);
        self.check_kept(&found.kept, self.weights(&inputs[0], &inputs[1]), tolerance);

        let expected = self.gradients(inputs.each_ref());
        for (name, (found, expected)) in ["∂Q", "∂K", "∂V"].into_iter().zip(found.gradients.iter().zip(&expected))
        {
            assert_close(&what(name), found, expected, of_gradients);
        }
        found
    }

    /// Short heads keep their weights, filled up with zeros, others the logarithm of each row's sum.
    fn check_kept(&self, kept: &[f32], (weights, log_sums): (Vec<f64>, Vec<f64>), tolerance: f64) {
        let [_, _, queries, _] = self.query.shape;
        let [_, _, keys, _] = self.key.shape;
        if queries.max(keys) <= SHORT {
            let rows = kept.chunks_exact(keys.next_multiple_of(16));
            assert!(rows.clone().all(|row| row[keys..].iter().all(|filling| *filling == 0.0)));
            let kept: Vec<f32> = rows.flat_map(|row| row[..keys].to_vec()).collect();
            assert_close("weights", &kept, &weights, tolerance);
            return;
        }
        assert_eq!(kept.len(), log_sums.len(), "one number a row: memory grows with the queries, not with the cells");
        let all_masked = |sum: f64| sum == f64::INFINITY;
        assert!(kept.iter().zip(&log_sums).all(|(sum, other)| all_masked(f64::from(*sum)) == all_masked(*other)));
        let [sums, expected]: [Vec<f64>; 2] =
            [wide(kept), log_sums].map(|sums| sums.into_iter().filter(|sum| !all_masked(*sum)).collect());
        assert_close("log sum", &sums.iter().map(|sum| *sum as f32).collect::<Vec<_>>(), &expected, tolerance);
    }

    /// softmax(Q Kᵀ / √d_head) and the logarithm of each row's sum; a row whose keys are all masked is 0, and its logarithm +∞.
    fn weights(&self, query: &[f64], key: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let ([batch_size, n_heads, queries, d_head], keys) = (self.query.shape, self.key.shape[2]);
        let (mut weights, mut log_sums) = (Vec::new(), Vec::new());
        for [batch, head, i, _] in cells([batch_size, n_heads, queries, 1]) {
            let scores: Vec<f64> = (0..keys)
                .map(|j| {
                    let of_query = &query[((batch * n_heads + head) * queries + i) * d_head..][..d_head];
                    let of_key = &key[((batch * n_heads + head) * keys + j) * d_head..][..d_head];
                    let dot: f64 = of_query.iter().zip(of_key).map(|(q, k)| q * k).sum();
                    dot / (d_head as f64).sqrt() + self.mask([batch, head, i, j])
                })
                .collect();
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if largest == f64::NEG_INFINITY {
                weights.extend(vec![0.0; keys]);
                log_sums.push(f64::INFINITY);
                continue;
            }
            let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            weights.extend(scores.iter().map(|score| (score - largest).exp() / sum));
            log_sums.push(largest + sum.ln());
        }
        (weights, log_sums)
    }

    pub fn context(&self, [query, key, value]: [&Vec<f64>; 3]) -> Vec<f64> {
        let (weights, _) = self.weights(query, key);
        let ([.., queries, _], [_, _, keys, d_value]) = (self.query.shape, self.value.shape);
        let mut context = vec![0.0; self.upstream.data.len()];
        for [batch, head, i, f] in cells(self.upstream.shape) {
            let at = batch * self.query.shape[1] + head;
            for j in 0..keys {
                context[(at * queries + i) * d_value + f] +=
                    weights[(at * queries + i) * keys + j] * value[(at * keys + j) * d_value + f];
            }
        }
        context
    }

    /// ∂V = Pᵀ ∂O, ∂P = ∂O Vᵀ, ∂S = P ∘ (∂P − Σ P ∘ ∂P) / √d_head, ∂Q = ∂S K, ∂K = ∂Sᵀ Q
    pub fn gradients(&self, [query, key, value]: [&Vec<f64>; 3]) -> [Vec<f64>; 3] {
        let ([batch_size, n_heads, queries, d_head], [_, _, keys, d_value]) = (self.query.shape, self.value.shape);
        let (weights, _) = self.weights(query, key);
        let [mut d_query, mut d_key, mut d_value_all] = [query, key, value].map(|input| vec![0.0; input.len()]);
        for [batch, head, i, _] in cells([batch_size, n_heads, queries, 1]) {
            let at = batch * n_heads + head;
            let upstream: Vec<f64> = (0..d_value).map(|f| f64::from(self.upstream.at([batch, head, i, f]))).collect();
            let weights = &weights[(at * queries + i) * keys..][..keys];
            let d_weights: Vec<f64> = (0..keys)
                .map(|j| upstream.iter().zip(&value[(at * keys + j) * d_value..]).map(|(up, value)| up * value).sum())
                .collect();
            let mean: f64 = weights.iter().zip(&d_weights).map(|(weight, d_weight)| weight * d_weight).sum();
            for j in 0..keys {
                let d_score = weights[j] * (d_weights[j] - mean) / (d_head as f64).sqrt();
                for f in 0..d_head {
                    let (of_query, of_key) = ((at * queries + i) * d_head + f, (at * keys + j) * d_head + f);
                    d_query[of_query] += d_score * key[of_key];
                    d_key[of_key] += d_score * query[of_query];
                }
                for f in 0..d_value {
                    d_value_all[(at * keys + j) * d_value + f] += weights[j] * upstream[f];
                }
            }
        }
        [d_query, d_key, d_value_all]
    }

    /// What is added to a cell's score, −∞ where it is masked.
    fn mask(&self, cell: [usize; 4]) -> f64 {
        let [_, _, query, key] = cell;
        let masked = self.masked.as_ref().is_some_and(|masked| masked.at(cell) != 0);
        if masked || self.causal && key > query {
            return f64::NEG_INFINITY;
        }
        self.added.as_ref().map_or(0.0, |added| f64::from(added.at(cell)))
    }
}

/// Shapes of masks: one for all; one for each sequence; one for each head; one for each cell.
pub fn mask_shapes([batch_size, n_heads, queries, keys, ..]: [usize; 6]) -> [[usize; 4]; 4] {
    [[1, 1, queries, keys], [batch_size, 1, 1, keys], [1, n_heads, queries, 1], [batch_size, n_heads, queries, keys]]
}

/// Masks two cells in five, and so now and then a row.
pub fn masked(seed: u64, shape: [usize; 4], size: [usize; 6]) -> Strided<u8> {
    let flags = random(seed + 5000, shape.iter().product()).into_iter().map(|number| u8::from(number < -0.4)).collect();
    broadcast(Strided::new(flags, shape), size)
}

/// −∞ in one cell of eight.
pub fn added(seed: u64, shape: [usize; 4], size: [usize; 6]) -> Strided<f32> {
    let numbers = random(seed + 6000, shape.iter().product()).into_iter();
    let numbers = numbers.map(|number| if number < -1.5 { f32::NEG_INFINITY } else { number }).collect();
    broadcast(Strided::new(numbers, shape), size)
}

fn broadcast<T: Copy>(cells: Strided<T>, [batch_size, n_heads, queries, keys, ..]: [usize; 6]) -> Strided<T> {
    let whole = [batch_size, n_heads, queries, keys];
    (0..4).fold(cells, |cells, axis| if cells.shape[axis] == 1 { cells.expand(axis, whole[axis]) } else { cells })
}

/// Every cell of four axes, the last one fastest.
pub fn cells([first, second, third, fourth]: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    let count = first * second * third * fourth;
    (0..count).map(move |at| {
        [at / (second * third * fourth), at / (third * fourth) % second, at / fourth % third, at % fourth]
    })
}

fn offset(strides: [usize; 4], cell: [usize; 4]) -> usize {
    strides.iter().zip(cell).map(|(stride, at)| stride * at).sum()
}
