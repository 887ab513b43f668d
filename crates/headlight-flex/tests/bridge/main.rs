//! Attention by the kernel is the attention that the model says in equations: values, and gradients of every input.
#![cfg(feature = "flex")]

mod draw;
mod weights;

use burn::tensor::{Bool, Device, FloatDType, Tensor};
use draw::{Draw, assert_close, loss, numbers};
use headlight_flex::MaskTensors;
use headlight_model::{Mask, scaled_dot_product_attention, scaled_dot_product_context};

/// `[batch_size, n_heads, queries, keys, d_head, d_value]`
const SIZES: [[usize; 6]; 8] = [
    [1, 1, 1, 1, 1, 1],
    [2, 3, 5, 5, 4, 7],
    [3, 2, 1, 9, 3, 2],
    [2, 2, 21, 21, 16, 16],
    [1, 4, 7, 33, 5, 1],
    // More than one tile of keys and of queries, and work for several threads.
    [1, 2, 70, 530, 8, 9],
    [1, 1, 530, 33, 3, 4],
    [2, 2, 130, 130, 17, 16],
];

/// A way to look at the same numbers, by name. It gives back the shape that it was given.
type View = (&'static str, fn(Tensor<4>) -> Tensor<4>);

const VIEWS: [View; 5] = [
    ("in order", |x| x),
    ("heads side by side", |x| {
        let [batch_size, n_heads, length, width] = x.dims();
        x.swap_dims(1, 2)
            .reshape([batch_size, length, n_heads * width])
            .reshape([batch_size, length, n_heads, width])
            .swap_dims(1, 2)
    }),
    ("features before tokens", |x| {
        let [batch_size, n_heads, length, width] = x.dims();
        x.swap_dims(2, 3)
            .reshape([batch_size * n_heads * width * length])
            .reshape([batch_size, n_heads, width, length])
            .swap_dims(2, 3)
    }),
    ("flipped", |x| x.flip([0, 2, 3])),
    ("one head for all", |x| {
        let shape = x.dims();
        x.narrow(1, 0, 1).expand(shape)
    }),
];

#[test]
fn the_context_is_the_plain_one() {
    for (seed, size) in (0..).zip(SIZES) {
        let case = Case::new(size, seed);
        for view in VIEWS {
            case.check("no mask", None, view);
        }
    }
}

#[test]
fn the_context_is_the_plain_one_under_every_mask() {
    for (seed, size) in (20..).zip(SIZES) {
        let mut case = Case::new(size, seed);
        for (name, mask) in case.masks() {
            case.check(name, Some(&mask), VIEWS[1]);
        }
    }
}

#[test]
fn without_autodiff_the_values_are_the_same() {
    for (seed, size) in (40..).zip(SIZES) {
        let mut case = Case::on(Device::flex(), size, seed);
        for (name, mask) in case.masks() {
            for (_, view) in VIEWS {
                let [query, key, value] = case.inputs.clone().map(view);
                let fast = attention_context(&query, &key, &value, Some(&mask)).expect("flex is served");
                let (plain, _) = scaled_dot_product_attention(query, key, value, Some(&mask));
                assert_close(name, &numbers(fast), &numbers(plain));
            }
        }
    }
}

#[test]
fn masked_rows_are_exactly_zero_and_so_are_their_gradients() {
    for (seed, size) in (60..).zip(SIZES) {
        let case = Case::new(size, seed);
        let [batch_size, n_heads, queries, keys, ..] = size;
        // Every key of the last query is masked.
        let masked = Tensor::<1>::zeros([queries], &case.draw.device).equal_elem(1.0);
        let nothing = Tensor::<1>::ones([1], &case.draw.device).equal_elem(1.0);
        let masked = masked.slice_assign(queries - 1..queries, nothing).reshape([1, 1, queries, 1]);
        let infinite = Tensor::<4>::zeros([1, 1, queries, keys], &case.draw.device);
        let infinite = infinite.mask_fill(masked.clone().expand([1, 1, queries, keys]), f32::NEG_INFINITY);

        for mask in [Mask::boolean(masked), Mask::additive(infinite)] {
            let [query, key, value] = case.inputs.clone().map(Tensor::require_grad);
            let context = attention_context(&query, &key, &value, Some(&mask)).expect("flex is served");
            let gradients = loss(context.clone()).backward();
            let of_query = query.grad(&gradients).expect("tracked");
            for zeros in [context, of_query] {
                assert_eq!(zeros.dims()[..2], [batch_size, n_heads]);
                assert!(numbers(zeros.narrow(2, queries - 1, 1)).iter().all(|number| *number == 0.0));
            }
            for input in [key, value] {
                assert!(numbers(input.grad(&gradients).expect("tracked")).iter().all(|number| number.is_finite()));
            }
        }
    }
}

#[test]
fn a_tensor_that_is_query_key_and_value_gets_the_sum_of_three_gradients() {
    let x = Draw::tracked(80).tensor([2, 3, 5, 4]);
    let run = |fast: bool| {
        let x = x.clone().require_grad();
        let (plain, _) = scaled_dot_product_attention(x.clone(), x.clone(), x.clone(), None);
        let context = if fast { attention_context(&x, &x, &x, None).expect("flex is served") } else { plain };
        numbers(x.grad(&loss(context).backward()).expect("tracked"))
    };
    assert_close("gradient", &run(true), &run(false));
}

#[test]
fn what_needs_no_gradient_gets_none() {
    let case = Case::new([2, 3, 5, 7, 4, 2], 90);
    for learns in 0..3 {
        let mut inputs = case.inputs.clone();
        inputs[learns] = inputs[learns].clone().require_grad();
        let [query, key, value] = inputs.clone();
        let context = attention_context(&query, &key, &value, None).expect("flex is served");
        let gradients = loss(context).backward();
        let expected = loss(scaled_dot_product_attention(query, key, value, None).0).backward();
        for (at, input) in inputs.iter().enumerate() {
            assert_eq!(input.grad(&gradients).is_some(), at == learns);
        }
        let [found, expected] = [gradients, expected].map(|all| numbers(inputs[learns].grad(&all).expect("tracked")));
        assert_close(["query", "key", "value"][learns], &found, &expected);
    }
}

#[test]
fn inputs_and_masks_without_autodiff_are_constants() {
    let size @ [batch_size, _, _, keys, ..] = [2, 3, 5, 7, 4, 2];
    let (tracked, mut constant) = (Case::new(size, 95), Case::on(Device::flex(), size, 95));
    let added = constant.draw.tensor([1, 1, 5, 7]);
    let padding = flags(&mut constant.draw, [batch_size, keys]);
    let mask = |device: &Device| {
        let added = Tensor::from_data(added.to_data(), device);
        Mask::additive(added).and(Mask::key_padding(Tensor::from_data(padding.to_data(), device)))
    };
    let [_, key, value] = constant.inputs;
    let [query, plain_key, plain_value] = tracked.inputs;
    let query = query.require_grad();
    let fast = attention_context(&query, &key, &value, Some(&mask(&Device::flex()))).expect("flex is served");
    let (plain, _) =
        scaled_dot_product_attention(query.clone(), plain_key, plain_value, Some(&mask(&tracked.draw.device)));
    assert_close("context", &numbers(fast.clone()), &numbers(plain.clone()));
    let [fast, plain] = [fast, plain].map(|context| numbers(query.grad(&loss(context).backward()).expect("tracked")));
    assert_close("query", &fast, &plain);
}

#[test]
fn an_additive_mask_that_learns_gets_its_gradient() {
    let mut case = Case::new([2, 3, 5, 7, 4, 2], 100);
    let added = case.draw.tensor([1, 3, 5, 7]);
    let [query, key, value] = case.inputs.clone();
    // A constant is served.
    assert!(attention_context(&query, &key, &value, Some(&Mask::additive(added.clone()))).is_some());

    let run = |f: fn(Tensor<4>, Tensor<4>, Tensor<4>, Option<&Mask>) -> Tensor<4>| {
        let added = added.clone().require_grad();
        let mask = Mask::additive(added.clone());
        assert!(attention_context(&query, &key, &value, Some(&mask)).is_none());
        let context = f(query.clone(), key.clone(), value.clone(), Some(&mask));
        numbers(added.grad(&loss(context).backward()).expect("the mask learns"))
    };
    let found = run(scaled_dot_product_context);
    assert!(found.iter().any(|number| *number != 0.0));
    assert_eq!(found, run(|query, key, value, mask| scaled_dot_product_attention(query, key, value, mask).0));
}

#[test]
fn a_causal_mask_of_a_single_token_masks_nothing() {
    let case = Case::new([2, 3, 5, 7, 4, 2], 110);
    let one = Mask::causal(1, &case.draw.device);
    case.check("one token", Some(&one), VIEWS[0]);
}

#[test]
fn f64_and_tensors_without_an_element_take_the_plain_path() {
    let case = Case::new([2, 3, 5, 7, 4, 2], 120);
    let [query, key, value] = case.inputs.clone().map(|input| input.cast(FloatDType::F64));
    assert!(attention_context(&query, &key, &value, None).is_none());
    let plain = scaled_dot_product_attention(query.clone(), key.clone(), value.clone(), None).0.into_data();
    scaled_dot_product_context(query, key, value, None).into_data().assert_eq(&plain, true);

    let [query, key, value] = [5, 7, 7].map(|length| Tensor::<4>::zeros([0, 3, length, 4], &case.draw.device));
    assert!(attention_context(&query, &key, &value, None).is_none());
}

#[test]
#[should_panic(expected = "more rows or columns than the scores")]
fn a_mask_larger_than_the_scores_is_refused() {
    let [query, key, value] = Case::new([1, 1, 1, 5, 2, 2], 130).inputs;
    let mask = Mask::causal(5, &query.device());
    attention_context(&query, &key, &value, Some(&mask));
}

/// The kernel itself, under a mask of the model.
fn attention_context(query: &Tensor<4>, key: &Tensor<4>, value: &Tensor<4>, mask: Option<&Mask>) -> Option<Tensor<4>> {
    let [batch_size, n_heads, queries, _] = query.dims();
    let [_, _, keys, _] = key.dims();
    let tensors = mask.map_or(MaskTensors::default(), |mask| mask.tensors([batch_size, n_heads, queries, keys]));
    headlight_flex::attention_context(query, key, value, tensors)
}

/// True in two elements of five.
fn flags<const D: usize>(draw: &mut Draw, shape: [usize; D]) -> Tensor<D, Bool> {
    draw.tensor(shape).lower_elem(-0.4)
}

struct Case {
    draw: Draw,
    size: [usize; 6],
    inputs: [Tensor<4>; 3],
}

impl Case {
    fn new(size: [usize; 6], seed: u64) -> Self {
        Self::on(Device::flex().autodiff(), size, seed)
    }

    fn on(device: Device, size: [usize; 6], seed: u64) -> Self {
        let [batch_size, n_heads, queries, keys, d_head, d_value] = size;
        let mut draw = Draw::new(seed, device);
        let inputs = [[queries, d_head], [keys, d_head], [keys, d_value]]
            .map(|[length, width]| draw.tensor([batch_size, n_heads, length, width]));
        Self { draw, size, inputs }
    }

    /// Every kind, in every shape, alone and together. Boolean ones mask whole rows here and there.
    fn masks(&mut self) -> Vec<(&'static str, Mask)> {
        let [batch_size, n_heads, queries, keys, ..] = self.size;
        let padding = flags(&mut self.draw, [batch_size, keys]);
        let additive = |case: &mut Self, shape: [usize; 4]| {
            let (masked, added) = (flags(&mut case.draw, shape), case.draw.tensor(shape));
            Mask::additive(added.mask_fill(masked, f32::NEG_INFINITY))
        };
        let turned: Tensor<4, Bool> =
            flags(&mut self.draw, [keys, queries, n_heads, 1]).swap_dims(0, 3).swap_dims(1, 2).flip([2, 3]);
        let mut masks = vec![
            ("padding", Mask::key_padding(padding.clone())),
            ("boolean for all", Mask::boolean(flags(&mut self.draw, [1, 1, queries, keys]))),
            ("boolean for each cell", Mask::boolean(flags(&mut self.draw, [batch_size, n_heads, queries, keys]))),
            ("boolean for each query", Mask::boolean(flags(&mut self.draw, [1, 1, queries, 1]))),
            ("boolean on a view", Mask::boolean(turned.clone())),
            ("additive for all", additive(self, [1, 1, queries, keys])),
            ("additive for each head", additive(self, [1, n_heads, 1, keys])),
            ("additive for each cell", additive(self, [batch_size, n_heads, queries, keys])),
            ("padding and additive", Mask::key_padding(padding).and(additive(self, [1, n_heads, queries, keys]))),
        ];
        if queries == keys {
            let causal = || Mask::causal(queries, &self.draw.device);
            let combined = masks.iter().map(|(_, mask)| ("causal and another", causal().and(mask.clone())));
            let alibi = Mask::alibi(n_heads, queries, &self.draw.device);
            let more = [("causal", causal()), ("alibi", alibi.clone()), ("causal and alibi", causal().and(alibi))];
            masks = combined.chain(more).chain(masks.clone()).collect();
        }
        masks
    }

    /// Compares shape and values of the context, and the gradients of query, key and value.
    fn check(&self, mask_name: &str, mask: Option<&Mask>, (view_name, view): View) {
        let what = |part| format!("{part} of {:?}, {mask_name}, {view_name}", self.size);
        let run = |fast: bool| {
            let inputs = self.inputs.clone().map(Tensor::require_grad);
            let [query, key, value] = inputs.clone().map(view);
            let context = if fast {
                attention_context(&query, &key, &value, mask).expect("flex is served")
            } else {
                scaled_dot_product_attention(query, key, value, mask).0
            };
            let gradients = loss(context.clone()).backward();
            (context, inputs.map(|input| input.grad(&gradients).expect("tracked")))
        };
        let ((fast, fast_gradients), (plain, plain_gradients)) = (run(true), run(false));
        assert_eq!(fast.dims(), plain.dims());
        assert_close(&what("context"), &numbers(fast), &numbers(plain));
        for (name, (fast, plain)) in ["∂Q", "∂K", "∂V"].into_iter().zip(fast_gradients.into_iter().zip(plain_gradients))
        {
            assert_eq!(fast.dims(), plain.dims());
            assert_close(&what(name), &numbers(fast), &numbers(plain));
        }
    }
}
