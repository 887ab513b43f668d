//! Attention by tiles against attention written out: values, logarithms of the sums, gradients.

use crate::formulas::{Case, Found, Strided, added, cells, mask_shapes, masked};
use crate::oracle::{NEAR, assert_close, wide};
use crate::slopes::slopes;
use headlight_flex::kernels::attention::Layout;
use rayon::ThreadPoolBuilder;

/// `[batch_size, n_heads, queries, keys, d_head, d_value]`. A tile holds some hundred queries and keys: 512 and 256 when this was
/// written. Some sizes fill it, some are one more, some take several.
const SIZES: [[usize; 6]; 13] = [
    [1, 1, 1, 1, 1, 1],
    [3, 1, 65, 1, 16, 16],
    [1, 2, 1, 33, 3, 3],
    [2, 3, 3, 17, 3, 5],
    [2, 2, 17, 16, 1, 33],
    [1, 2, 21, 21, 17, 3],
    [2, 1, 33, 15, 65, 1],
    [2, 1, 64, 512, 4, 4],
    [1, 1, 65, 513, 3, 1],
    [1, 2, 70, 1100, 8, 5],
    [1, 1, 512, 256, 2, 3],
    [1, 2, 1030, 21, 3, 2],
    [1, 1, 513, 257, 2, 2],
];

#[test]
fn values_and_gradients_are_the_formulas() {
    for (seed, size) in (0..).zip(SIZES) {
        Case::new(size, seed).check("plain", [NEAR; 2]);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let mut case = Case::new([2, 2, 3, 4, 3, 2], 20);
    case.causal = true;
    case.added = Some(Strided::random(21, [2, 2, 3, 4]));
    let inputs = [&case.query, &case.key, &case.value].map(|input| wide(&input.data));
    let found = case.run();
    for (at, found) in found.gradients.iter().enumerate() {
        let loss = |numbers: &[f64]| {
            let mut inputs = inputs.clone();
            inputs[at] = numbers.to_vec();
            let context = case.context(inputs.each_ref());
            context.iter().zip(wide(&case.upstream.data)).map(|(y, upstream)| y * upstream).sum()
        };
        assert_close(["∂Q", "∂K", "∂V"][at], found, &slopes(&inputs[at], loss), NEAR);
    }
}

#[test]
fn numbers_may_lie_anywhere() {
    for (seed, size) in (30..).zip(SIZES) {
        // Heads side by side; features before tokens; everything the other way round.
        for order in [[0, 2, 1, 3], [0, 1, 3, 2], [3, 2, 1, 0]] {
            let case = Case::new(size, seed);
            let [query, key, value, upstream] =
                [&case.query, &case.key, &case.value, &case.upstream].map(|input| input.nested(order));
            Case { query: query.clone(), ..case.clone() }.check("query nested otherwise", [NEAR; 2]);
            Case { query, key, value, upstream, ..case }.check("all nested otherwise", [NEAR; 2]);
        }
    }
}

#[test]
fn heads_and_sequences_may_share_their_keys() {
    let case = Case::new([3, 4, 5, 17, 3, 2], 50);
    let key = Strided::random(51, [3, 1, 17, 3]).expand(1, 4);
    let value = Strided::random(52, [1, 4, 17, 2]).expand(0, 3);
    Case { key, value, ..case }.check("repeated", [NEAR; 2]);
}

#[test]
fn masks_of_every_kind_agree_alone_and_together() {
    for (seed, size) in (60..).zip(SIZES) {
        for kinds in 0..8 {
            for shape in mask_shapes(size) {
                let mut case = Case::new(size, seed);
                case.causal = kinds & 1 > 0;
                case.masked = (kinds & 2 > 0).then(|| masked(seed, shape, size));
                case.added = (kinds & 4 > 0).then(|| added(seed, shape, size));
                case.check(&format!("masks {kinds:03b} of {shape:?}"), [NEAR; 2]);
            }
        }
    }
}

#[test]
fn causal_attention_over_several_tiles_agrees() {
    let mut case = Case::new([1, 1, 600, 600, 8, 8], 80);
    case.causal = true;
    case.check("causal", [NEAR; 2]);

    // More queries than keys, and fewer.
    for size in [[1, 2, 600, 530, 2, 3], [1, 2, 100, 600, 2, 3]] {
        case = Case { causal: true, ..Case::new(size, 81) };
        case.check("causal", [NEAR; 2]);
    }
}

#[test]
fn a_later_query_changes_nothing_for_an_earlier_key() {
    let mut case = Case::new([1, 1, 70, 70, 4, 4], 90);
    case.causal = true;
    let before = case.run();
    let changed = 40;
    case.key.data[changed * 4..].fill(100.0);
    case.value.data[changed * 4..].fill(f32::MAX);
    assert_eq!(case.run().context[..changed * 4], before.context[..changed * 4]);
}

#[test]
fn rows_whose_keys_are_all_masked_are_zero_forward_and_backward() {
    for (seed, keys) in (100..).zip([1, 17, 512, 1100]) {
        let size @ [_, _, queries, ..] = [2, 2, if keys > 1000 { 70 } else { 520 }, keys, 5, 3];
        let shape = [2, 1, queries, keys];
        let is_masked = |[_, _, query, _]: [usize; 4]| query % 3 == 0;
        let flags = Strided::new(cells(shape).map(|cell| u8::from(is_masked(cell))).collect(), shape).expand(1, 2);
        let numbers = |cell| if is_masked(cell) { f32::NEG_INFINITY } else { 0.5 };
        let numbers = Strided::new(cells(shape).map(numbers).collect(), shape).expand(1, 2);

        let case = Case::new(size, seed);
        for case in [Case { masked: Some(flags), ..case.clone() }, Case { added: Some(numbers), ..case }] {
            let found = case.check("every third row masked", [NEAR; 2]);
            for (at, log_sum) in found.kept.iter().enumerate() {
                if at % queries % 3 == 0 {
                    assert_eq!(*log_sum, f32::INFINITY);
                    assert_eq!(found.context[at * 3..][..3], [0.0; 3]);
                    assert_eq!(found.gradients[0][at * 5..][..5], [0.0; 5]);
                }
            }
        }
    }
}

#[test]
fn all_masked_is_zero_everywhere() {
    for size in SIZES {
        let [batch_size, n_heads, queries, keys, ..] = size;
        let all = Strided { data: vec![1], shape: [batch_size, n_heads, queries, keys], strides: [0; 4] };
        let Found { context, gradients, kept, .. } = Case { masked: Some(all), ..Case::new(size, 110) }.run();
        assert!(context.iter().chain(gradients.iter().flatten()).all(|number| *number == 0.0));
        assert!(kept.iter().all(|number| [0.0, f32::INFINITY].contains(number)));
    }
}

#[test]
fn a_causal_row_whose_first_keys_are_padding_is_zero() {
    let mut case = Case::new([2, 2, 600, 600, 5, 3], 120);
    case.causal = true;
    // Left padding, as long as more than a block of queries in the second sequence.
    let shape = [2, 1, 1, 600];
    let padding = cells(shape).map(|[batch, _, _, key]| u8::from(key < [3, 530][batch])).collect();
    case.masked = Some(Strided::new(padding, shape).expand(1, 2).expand(2, 600));
    let found = case.check("left padding", [NEAR; 2]);
    let zeros = found.context.chunks(3).filter(|row| **row == [0.0; 3]).count();
    assert_eq!(zeros, 2 * 3 + 2 * 530);
}

#[test]
fn whole_tiles_may_be_masked() {
    for unmasked in [0..256, 256..512, 512..1024, 1024..1100, 255..256, 511..512, 1099..1100] {
        let mut case = Case::new([1, 2, 5, 1100, 4, 3], 130);
        let flags = (0..1100).map(|key| u8::from(!unmasked.contains(&key))).collect();
        case.masked = Some(Strided::new(flags, [1, 1, 1, 1100]).expand(1, 2).expand(2, 5));
        case.check(&format!("keys {unmasked:?}"), [NEAR; 2]);
    }
}

#[test]
fn the_largest_score_may_come_first_or_last() {
    for descending in [false, true] {
        let mut case = Case::new([1, 1, 3, 1100, 1, 3], 140);
        case.query.data.fill(1.0);
        // From −30 to 30 along the keys: every tile but one is nearly nothing beside another.
        let rising = (0..1100).map(|key| key as f32 * (60.0 / 1100.0) - 30.0);
        case.key.data = if descending { rising.rev().collect() } else { rising.collect() };
        // ∂Q is small beside the keys, up to ±30, that it is summed from.
        case.check(&format!("descending: {descending}"), [NEAR, 1e-4]);
    }
}

#[test]
fn huge_scores_do_not_overflow() {
    for (seed, size) in (150..).zip([[1, 2, 17, 133, 4, 3], [1, 1, 70, 1100, 4, 3]]) {
        // Whole numbers and a scale of ½, so that the scores, to ±1e4 and more, have no rounding to blame.
        let mut case = Case::new(size, seed);
        for input in [&mut case.query, &mut case.key] {
            input.data.iter_mut().for_each(|number| *number = (*number * 50.0).round());
        }
        let largest = case.run().kept.iter().fold(0.0f32, |largest, sum| largest.max(*sum));
        assert!(largest > 8e3, "{largest}");
        // The backward pass subtracts the logarithm of the sum from the score, both near 1e4, where f32 steps by 1e-3.
        case.check("huge", [NEAR, 1e-3]);

        case.query.data.iter_mut().for_each(|number| *number *= 1e30);
        assert!(case.run().context.iter().all(|number| number.is_finite()));
    }
}

#[test]
fn nan_comes_out_as_nan_where_it_is_attended_to() {
    for keys in [17, 1100] {
        let size = [1, 2, 3, keys, 4, 5];
        let expect = |case: &Case, what: &str, expected: &dyn Fn([usize; 4]) -> bool| {
            let context = case.run().context;
            for (cell, y) in cells([1, 2, 3, 5]).zip(context) {
                assert_eq!(y.is_nan(), expected(cell), "{what} of {keys} at {cell:?}: {y}");
            }
        };
        // The last number of the second head's token.
        let spoil = |input: &mut Strided<f32>, token: usize| {
            let [_, _, length, width] = input.shape;
            input.data[(length + token + 1) * width - 1] = f32::NAN;
        };
        for token in [0, keys / 2, keys - 1] {
            let mut case = Case::new(size, 170);
            spoil(&mut case.key, token);
            expect(&case, "key", &|[_, head, ..]| head == 1);

            let mut case = Case::new(size, 171);
            spoil(&mut case.value, token);
            expect(&case, "value", &|[_, head, _, feature]| head == 1 && feature == 4);
        }
        let mut case = Case::new(size, 172);
        spoil(&mut case.query, 1);
        expect(&case, "query", &|[_, head, query, _]| head == 1 && query == 1);
        let [d_query, d_key, d_value] = case.run().gradients;
        assert!(d_query.iter().enumerate().all(|(at, number)| number.is_nan() == (at / 4 == 4)));
        assert!([(d_key, 4), (d_value, 5)].into_iter().all(|(gradient, width)| {
            gradient.iter().enumerate().all(|(at, number)| number.is_nan() == (at / width >= keys))
        }));

        let mut case = Case::new(size, 173);
        let mut numbers = vec![0.0; 3 * keys];
        numbers[2 * keys - 1] = f32::NAN;
        case.added = Some(Strided::new(numbers, [1, 1, 3, keys]).expand(1, 2));
        expect(&case, "mask", &|[_, _, query, _]| query == 1);
    }
}

#[test]
fn a_single_unmasked_key_gives_its_value() {
    let mut case = Case::new([1, 1, 65, 600, 3, 5], 180);
    let attended = |query: usize| (query * 37) % 600;
    let flags = cells([1, 1, 65, 600]).map(|[_, _, query, key]| u8::from(key != attended(query)) * 255).collect();
    case.masked = Some(Strided::new(flags, [1, 1, 65, 600]));
    let found = case.run();
    for (query, row) in found.context.chunks(5).enumerate() {
        assert_eq!(*row, case.value.data[attended(query) * 5..][..5]);
    }
}

#[test]
fn the_count_of_threads_changes_no_bit() {
    // Work for several threads, with fewer sequences than threads (a head is a job) and with at least as many.
    for (seed, size) in (190..).zip([[1, 3, 150, 150, 16, 17], [2, 3, 130, 140, 9, 8], [5, 2, 65, 550, 3, 5]]) {
        let [batch_size, ..] = size;
        let mut case = Case::new(size, seed);
        case.causal = true;
        case.query = case.query.nested([0, 2, 1, 3]);
        case.check("in the test's own pool", [NEAR; 2]);
        let found = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
            let found = pool.install(|| case.run());
            let layout = if threads > batch_size { Layout::HeadsApart } else { Layout::HeadsTogether };
            if cfg!(feature = "threads") {
                assert_eq!(found.layouts, [layout; 2], "{size:?} with {threads} threads");
            }
            let numbers = found.gradients.into_iter().chain([found.context, found.kept]);
            numbers.map(|numbers| numbers.into_iter().map(f32::to_bits).collect()).collect::<Vec<Vec<u32>>>()
        };
        let one = found(1);
        assert!([2, 3, 4].into_iter().all(|threads| found(threads) == one), "{size:?}");
    }
}

#[test]
#[should_panic(expected = "nothing to attend to")]
fn no_keys_are_refused() {
    Case::new([1, 1, 2, 0, 3, 3], 0).run();
}

#[test]
#[should_panic(expected = "key of query")]
fn keys_of_another_width_are_refused() {
    let case = Case::new([1, 1, 2, 3, 4, 4], 0);
    Case { key: Strided::random(0, [1, 1, 3, 5]), ..case }.run();
}

#[test]
#[should_panic(expected = "out of")]
fn a_mask_that_ends_too_early_is_refused() {
    let case = Case::new([1, 1, 2, 3, 4, 4], 0);
    Case { masked: Some(Strided { data: vec![0; 5], shape: [1, 1, 2, 3], strides: [6, 6, 3, 1] }), ..case }.run();
}
