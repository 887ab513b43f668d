//! PyTorch's `nn.MultiheadAttention` state that is not what this module needs; `goldens.rs` shows the right ones.

mod device;
mod numbers;

use device::device;
use headlight_model::{MultiHeadAttention, MultiHeadAttentionConfig, ParametersError};
use numbers::numbers;
use safetensors::{Dtype, tensor::TensorView};

/// The state of a module with d_model 4.
const PACKED: [(&str, &[usize]); 4] =
    [("in_proj_weight", &[12, 4]), ("in_proj_bias", &[12]), ("out_proj.weight", &[4, 4]), ("out_proj.bias", &[4])];

const SEPARATE: [(&str, &[usize]); 6] = [
    ("q_proj_weight", &[4, 4]),
    ("k_proj_weight", &[4, 3]),
    ("v_proj_weight", &[4, 5]),
    ("in_proj_bias", &[12]),
    ("out_proj.weight", &[4, 4]),
    ("out_proj.bias", &[4]),
];

#[test]
fn both_layouts_load() {
    let attention = load(4, 4, true, &PACKED).expect("the packed layout");
    // Row r, column c of the packed matrix holds 4 r + c. Keys are its second third, and ours is transposed.
    assert_eq!(numbers(attention.key.weight.val().slice([0..4, 0..1])), [16.0, 17.0, 18.0, 19.0]);
    assert_eq!(numbers(attention.key.bias.expect("there is one").val()), [4.0, 5.0, 6.0, 7.0]);

    let attention = load(3, 5, true, &SEPARATE).expect("the separate layout");
    assert_eq!(numbers(attention.value.weight.val().slice([0..5, 0..1])), [0.0, 1.0, 2.0, 3.0, 4.0]);

    let without_bias = [PACKED[0], PACKED[2]];
    assert!(load(4, 4, false, &without_bias).expect("no bias on either side").query.bias.is_none());
}

#[test]
fn wider_and_narrower_floats_are_read_as_32_bits() {
    let expected = load(4, 4, true, &PACKED).expect("32 bits").output.weight.val();
    for (dtype, one) in
        [(Dtype::F64, &1f64.to_le_bytes()[..]), (Dtype::F16, &[0x00, 0x3c]), (Dtype::BF16, &[0x80, 0x3f])]
    {
        let ones = |shape: &[usize]| one.repeat(shape.iter().product());
        let loaded = fresh(4, 4, true).with_pytorch_state(&file(&PACKED, dtype, ones), "").expect("a float");
        let output = loaded.output.weight.val();
        assert_eq!(output.dtype(), expected.dtype(), "{dtype:?}");
        assert_eq!(numbers(output), [1.0; 16], "{dtype:?}");
    }
}

#[test]
fn a_missing_tensor_is_named() {
    for left_out in SEPARATE.map(|(name, _)| name) {
        let some = SEPARATE.into_iter().filter(|(name, _)| *name != left_out);
        let error = load(3, 5, true, &some.collect::<Vec<_>>()).expect_err("a tensor is missing").to_string();
        assert!(error.contains(&format!("there is no tensor {left_out}")), "{error}");
    }
}

#[test]
fn the_prefix_is_part_of_the_name() {
    let bytes = file(&PACKED, Dtype::F32, ramp);
    let error = fresh(4, 4, true).with_pytorch_state(&bytes, "layers.0.").expect_err("no such prefix");
    assert!(error.to_string().contains("layers.0.q_proj_weight"), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_refused_with_both_shapes() {
    let refused = |at: usize, shape: &'static [usize], words: [&str; 2]| {
        let mut tensors = PACKED;
        tensors[at].1 = shape;
        let error = load(4, 4, true, &tensors).expect_err("a wrong shape").to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    refused(0, &[15, 4], ["in_proj_weight has shape [15, 4]", "[12, 4]"]);
    refused(0, &[12, 5], ["in_proj_weight has shape [12, 5]", "[12, 4]"]);
    refused(0, &[48], ["in_proj_weight has shape [48]", "[12, 4]"]);
    refused(1, &[9], ["in_proj_bias has shape [9]", "[12]"]);
    refused(2, &[4, 5], ["out_proj.weight has shape [4, 5]", "[4, 4]"]);
    refused(3, &[3], ["out_proj.bias has shape [3]", "[4]"]);

    // A state with kdim 3 and vdim 5, loaded where they are 5 and 3.
    let error = load(5, 3, true, &SEPARATE).expect_err("widths exchanged").to_string();
    assert!(error.contains("k_proj_weight has shape [4, 3]") && error.contains("[4, 5]"), "{error}");
    // A bias that has nowhere to go.
    let error = load(4, 4, false, &PACKED).expect_err("no bias here").to_string();
    assert!(error.contains("the model has no tensor in_proj_bias"), "{error}");
}

#[test]
fn an_extra_key_is_refused_rather_than_forgotten() {
    let tensors = [&PACKED[..], &[("bias_k", &[1, 1, 4]), ("bias_v", &[1, 1, 4])]].concat();
    let error = load(4, 4, true, &tensors).expect_err("made with add_bias_kv=True").to_string();
    assert!(error.contains("bias_k"), "{error}");
}

#[test]
fn damaged_bytes_are_an_error() {
    let bytes = file(&PACKED, Dtype::F32, ramp);
    for length in 0..bytes.len() {
        let error = fresh(4, 4, true).with_pytorch_state(&bytes[..length], "").expect_err("cut short");
        assert!(matches!(error, ParametersError::Damaged(_)), "{length} bytes: {error}");
    }
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = fresh(4, 4, true).with_pytorch_state(&flipped, ""); // it must not panic
    }
}

fn fresh(kdim: usize, vdim: usize, bias: bool) -> MultiHeadAttention {
    let config = MultiHeadAttentionConfig::new(4, 2);
    MultiHeadAttentionConfig { kdim, vdim, bias, ..config }.init(&device())
}

fn load(
    kdim: usize,
    vdim: usize,
    bias: bool,
    tensors: &[(&str, &[usize])],
) -> Result<MultiHeadAttention, ParametersError> {
    fresh(kdim, vdim, bias).with_pytorch_state(&file(tensors, Dtype::F32, ramp), "")
}

/// 0, 1, 2, … in 32 bits.
fn ramp(shape: &[usize]) -> Vec<u8> {
    (0..shape.iter().product()).flat_map(|at: usize| (at as f32).to_le_bytes()).collect()
}

fn file(tensors: &[(&str, &[usize])], dtype: Dtype, bytes: impl Fn(&[usize]) -> Vec<u8>) -> Vec<u8> {
    let stored: Vec<_> = tensors.iter().map(|(name, shape)| (name, shape, bytes(shape))).collect();
    let views = stored.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(dtype, shape.to_vec(), bytes).expect("as many bytes as the shape says"))
    });
    safetensors::serialize(views, None).expect("the tensors fit in a file")
}
