//! x W + b with and without a ReLU, against sums written out.

use crate::oracle::{NEAR, assert_close, random, wide};
use crate::slopes::slopes;
use headlight_flex::kernels::Activation::{Identity, Relu};
use headlight_flex::kernels::linear::{Gradients, backward, forward, pass_relu};
use headlight_flex::kernels::{Activation, Matrix};
use rayon::ThreadPoolBuilder;

/// `[rows, d_input, d_output]`; 128 rows are a block.
const SIZES: [[usize; 3]; 9] = [
    [1, 1, 1],
    [1, 17, 3],
    [3, 1, 21],
    [17, 21, 33],
    [65, 33, 1],
    [127, 3, 17],
    [128, 5, 3],
    [129, 65, 3],
    [300, 3, 65],
];

#[test]
fn values_and_gradients_are_the_sums_written_out() {
    for (seed, size) in (0..).zip(SIZES) {
        for activation in [Identity, Relu] {
            Case::new(size, seed).check(activation);
        }
    }
}

#[test]
fn inputs_may_be_transposed_or_spaced_out() {
    for (seed, [rows, d_input, d_output]) in (20..).zip(SIZES) {
        let mut case = Case::new([rows, d_input, d_output], seed);
        case.weight_strides = [1, d_input];
        case.check(Relu);
        case.input_strides = [1, rows];
        case.check(Identity);
        case.input_strides = [d_input + 7, 1];
        case.input = random(seed + 10, rows * (d_input + 7));
        case.weight_strides = [2 * d_output, 2];
        case.weight = random(seed + 11, d_input * d_output * 2);
        case.check(Relu);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    for activation in [Identity, Relu] {
        let case = Case::new([3, 5, 4], 60);
        let gradients = case.gradients(&case.forward(activation), activation);
        let (input, weight, bias) = (wide(&case.input), wide(&case.weight), wide(&case.bias));
        let loss = |input: &[f64], weight: &[f64], bias: &[f64]| {
            let output = case.output_of(input, weight, bias, activation);
            output.iter().zip(wide(&case.upstream)).map(|(y, upstream)| y * upstream).sum::<f64>()
        };
        assert_close("∂x", &gradients.input, &slopes(&input, |input| loss(input, &weight, &bias)), NEAR);
        assert_close("∂W", &gradients.weight, &slopes(&weight, |weight| loss(&input, weight, &bias)), NEAR);
        assert_close("∂b", &gradients.bias, &slopes(&bias, |bias| loss(&input, &weight, bias)), NEAR);
    }
}

#[test]
fn a_relu_passes_nothing_at_zero_of_either_sign() {
    let output = [0.0, -0.0, f32::MIN_POSITIVE, -1.0, 1e-45, f32::MAX];
    let input = [1.0; 6];
    let mut upstream = [3.0; 6];
    pass_relu(&mut upstream, &output);
    let gradients = backward(Matrix::new(&input, [6, 1]), Matrix::new(&[1.0], [1, 1]), &upstream);
    assert_eq!(gradients.input, [0.0, 0.0, 3.0, 0.0, 3.0, 3.0]);
    assert_eq!((gradients.weight, gradients.bias), (vec![9.0], vec![9.0]));
}

#[test]
fn a_relu_makes_what_is_exactly_zero_zero() {
    let output = forward(Matrix::new(&[0.0, -0.0, 2.0, -2.0], [4, 1]), Matrix::new(&[1.5], [1, 1]), &[-3.0], Relu);
    assert_eq!(output, [0.0; 4]);
    let output = forward(Matrix::new(&[2.0, -2.0, 3.0], [3, 1]), Matrix::new(&[1.5], [1, 1]), &[-3.0], Relu);
    assert_eq!(output, [0.0, 0.0, 1.5]);
}

#[test]
fn nan_comes_out_as_nan_in_its_row_alone() {
    for activation in [Identity, Relu] {
        let mut case = Case::new([5, 17, 21], 70);
        case.input[2 * 17 + 4] = f32::NAN;
        let output = case.forward(activation);
        assert!((0..output.len()).all(|at| output[at].is_nan() == (at / 21 == 2)), "{activation:?}");

        case.input[2 * 17 + 4] = 0.0;
        case.bias[3] = f32::NAN;
        let output = case.forward(activation);
        assert!((0..output.len()).all(|at| output[at].is_nan() == (at % 21 == 3)), "{activation:?}");
    }
}

#[test]
fn nan_in_the_upstream_gradient_comes_out_as_nan() {
    let mut case = Case::new([5, 17, 21], 80);
    case.upstream[2 * 21 + 4] = f32::NAN;
    let gradients = case.gradients(&case.forward(Identity), Identity);
    assert!((0..5 * 17).all(|at| gradients.input[at].is_nan() == (at / 17 == 2)));
    assert!((0..17 * 21).all(|at| gradients.weight[at].is_nan() == (at % 21 == 4)));
    assert!((0..21).all(|at| gradients.bias[at].is_nan() == (at == 4)));
}

#[test]
fn the_count_of_threads_changes_no_bit() {
    // Large enough for blocks of rows side by side, the last one smaller.
    for (seed, size) in (90..).zip([[300, 129, 127], [2051, 65, 33], [129, 257, 255]]) {
        let case = Case::new(size, seed);
        for activation in [Identity, Relu] {
            case.check(activation);
            let bits = |threads| {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
                pool.install(|| {
                    let output = case.forward(activation);
                    let Gradients { input, weight, bias } = case.gradients(&output, activation);
                    [output, input, weight, bias]
                        .map(|numbers| numbers.into_iter().map(f32::to_bits).collect::<Vec<_>>())
                })
            };
            let one = bits(1);
            assert!(bits(2) == one && bits(3) == one, "{size:?}, {activation:?}");
        }
    }
}

#[test]
fn no_rows_give_no_output() {
    let weight = [1.0; 6];
    assert!(forward(Matrix::new(&[], [0, 2]), Matrix::new(&weight, [2, 3]), &[1.0; 3], Relu).is_empty());
}

#[test]
#[should_panic(expected = "a bias has a number for each output")]
fn a_bias_of_another_width_is_refused() {
    let numbers = [0.0; 6];
    forward(Matrix::new(&numbers, [3, 2]), Matrix::new(&numbers, [2, 3]), &[0.0; 2], Identity);
}

#[test]
#[should_panic(expected = "a product of [2, 3] and [2, 3]")]
fn a_weight_of_another_shape_is_refused() {
    let numbers = [0.0; 6];
    forward(Matrix::new(&numbers, [2, 3]), Matrix::new(&numbers, [2, 3]), &[0.0; 3], Identity);
}

#[test]
#[should_panic(expected = "2 rows of 3")]
fn an_upstream_gradient_of_another_length_is_refused() {
    let numbers = [0.0; 6];
    backward(Matrix::new(&numbers, [2, 3]), Matrix::new(&[0.0; 9], [3, 3]), &[0.0; 7]);
}

struct Case {
    size: [usize; 3],
    input: Vec<f32>,
    input_strides: [usize; 2],
    weight: Vec<f32>,
    weight_strides: [usize; 2],
    bias: Vec<f32>,
    upstream: Vec<f32>,
}

impl Case {
    fn new(size: [usize; 3], seed: u64) -> Self {
        let [rows, d_input, d_output] = size;
        let [input, weight, bias, upstream] = [rows * d_input, d_input * d_output, d_output, rows * d_output];
        Self {
            size,
            input: random(seed, input),
            input_strides: [d_input, 1],
            weight: random(seed + 1000, weight),
            weight_strides: [d_output, 1],
            bias: random(seed + 2000, bias),
            upstream: random(seed + 3000, upstream),
        }
    }

    fn input(&self) -> Matrix<'_> {
        Matrix::strided(&self.input, [self.size[0], self.size[1]], self.input_strides)
    }

    fn weight(&self) -> Matrix<'_> {
        Matrix::strided(&self.weight, [self.size[1], self.size[2]], self.weight_strides)
    }

    fn forward(&self, activation: Activation) -> Vec<f32> {
        forward(self.input(), self.weight(), &self.bias, activation)
    }

    fn gradients(&self, output: &[f32], activation: Activation) -> Gradients {
        let mut upstream = self.upstream.clone();
        if activation == Relu {
            pass_relu(&mut upstream, output);
        }
        backward(self.input(), self.weight(), &upstream)
    }

    fn check(&self, activation: Activation) {
        let what = |what| format!("{what} of {:?}, {activation:?}", self.size);
        let output = self.forward(activation);
        assert_close(&what("y"), &output, &self.expected_output(activation), NEAR);

        let gradients = self.gradients(&output, activation);
        let [input, weight, bias] = self.expected_gradients(activation);
        assert_close(&what("∂x"), &gradients.input, &input, NEAR);
        assert_close(&what("∂W"), &gradients.weight, &weight, NEAR);
        assert_close(&what("∂b"), &gradients.bias, &bias, NEAR);
    }

    fn expected_output(&self, activation: Activation) -> Vec<f64> {
        self.output_of(&wide(&self.input), &wide(&self.weight), &wide(&self.bias), activation)
    }

    fn output_of(&self, input: &[f64], weight: &[f64], bias: &[f64], activation: Activation) -> Vec<f64> {
        let [rows, d_input, d_output] = self.size;
        let mut output = vec![0.0; rows * d_output];
        for row in 0..rows {
            for to in 0..d_output {
                let y = &mut output[row * d_output + to];
                *y = bias[to];
                for from in 0..d_input {
                    *y += input[self.input_at(row, from)] * weight[self.weight_at(from, to)];
                }
                if activation == Relu && *y <= 0.0 {
                    *y = 0.0;
                }
            }
        }
        output
    }

    /// ∂x, ∂W, ∂b
    fn expected_gradients(&self, activation: Activation) -> [Vec<f64>; 3] {
        let [rows, d_input, d_output] = self.size;
        let output = self.expected_output(activation);
        let (mut d_input_rows, mut d_weight) = (vec![0.0; rows * d_input], vec![0.0; d_input * d_output]);
        let mut d_bias = vec![0.0; d_output];
        for row in 0..rows {
            for to in 0..d_output {
                if activation == Relu && output[row * d_output + to] <= 0.0 {
                    continue;
                }
                let upstream = f64::from(self.upstream[row * d_output + to]);
                d_bias[to] += upstream;
                for from in 0..d_input {
                    d_input_rows[row * d_input + from] += upstream * f64::from(self.weight[self.weight_at(from, to)]);
                    d_weight[from * d_output + to] += upstream * f64::from(self.input[self.input_at(row, from)]);
                }
            }
        }
        [d_input_rows, d_weight, d_bias]
    }

    fn input_at(&self, row: usize, column: usize) -> usize {
        row * self.input_strides[0] + column * self.input_strides[1]
    }

    fn weight_at(&self, row: usize, column: usize) -> usize {
        row * self.weight_strides[0] + column * self.weight_strides[1]
    }
}

#[test]
#[should_panic(expected = "a gradient for each number of the output")]
fn a_relu_of_another_length_is_refused() {
    pass_relu(&mut [0.0; 3], &[0.0; 4]);
}
