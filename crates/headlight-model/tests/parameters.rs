//! A model's weights as bytes and back, and what is said when the bytes are not this model's.

mod device;
mod models;
mod numbers;

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::Tensor;
use device::device;
use headlight_model::{
    Architecture, MultiHeadAttention, MultiHeadAttentionConfig, ParametersError, Tokens, Transformer,
    TransformerConfig, parameters_from_safetensors, parameters_to_safetensors,
};
use models::learned;
use numbers::numbers;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

const QUERY: &str = "decoder.blocks.0.self_attention.query.weight";

#[test]
fn a_transformer_comes_back_whole() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let trained = learned(architecture, 1).init(&device());
        let fresh = learned(architecture, 2).init(&device());
        assert_ne!(logits(&trained), logits(&fresh));

        let loaded = parameters_from_safetensors(fresh, &bytes_of(&trained)).expect("the same configuration");
        assert_eq!(logits(&trained), logits(&loaded));
    }
}

#[test]
fn attention_alone_comes_back_whole() {
    let config = MultiHeadAttentionConfig { kdim: 3, bias: false, ..MultiHeadAttentionConfig::new(4, 2) };
    let answer = |attention: &MultiHeadAttention| {
        let [x, key] = [4, 3].map(|width| Tensor::ones([1, 2, width], &device()));
        numbers(attention.forward(x.clone(), key, x, None))
    };
    let trained = config.init(&device());
    let fresh = MultiHeadAttentionConfig { seed: 1, ..config }.init(&device());
    assert_ne!(answer(&trained), answer(&fresh));
    let loaded = parameters_from_safetensors(fresh, &bytes_of(&trained)).expect("the same configuration");
    assert_eq!(answer(&trained), answer(&loaded));
}

#[test]
fn equal_weights_give_equal_bytes() {
    let bytes = bytes_of(&learned(Architecture::EncoderDecoder, 1).init(&device()));
    assert_eq!(bytes, bytes_of(&learned(Architecture::EncoderDecoder, 1).init(&device())));

    let fresh = learned(Architecture::EncoderDecoder, 2).init(&device());
    let loaded = parameters_from_safetensors(fresh, &bytes).expect("the same configuration");
    assert_eq!(bytes, bytes_of(&loaded));
    // Training adds autodiff to the device, which is no business of the file.
    let training = learned(Architecture::EncoderDecoder, 1).init(&device().autodiff());
    assert_eq!(bytes, bytes_of(&training));
}

#[test]
fn names_say_what_a_tensor_is() {
    let tensors = tensors_of(&learned(Architecture::EncoderDecoder, 1).init(&device()));
    let shape = |name: &str| tensors.get(name).map(|tensor| tensor.shape.clone());
    assert_eq!(shape(QUERY), Some(vec![6, 6]));
    assert_eq!(shape("encoder.embedding.tokens.weight"), Some(vec![5, 6]));
    assert_eq!(shape("encoder.blocks.1.self_attention.output.bias"), Some(vec![6]));
    assert_eq!(shape("encoder.norm.gamma"), Some(vec![6]));
    assert_eq!(shape("decoder.blocks.1.cross.attention.key.weight"), Some(vec![6, 6]));
    // Linear weights are `[d_input, d_output]`.
    assert_eq!(shape("decoder.blocks.0.feed_forward.up.weight"), Some(vec![6, 7]));
    assert_eq!(shape("decoder.output.weight"), Some(vec![6, 5]));
}

#[test]
fn loaded_weights_can_be_trained_on() {
    let bytes = bytes_of(&learned(Architecture::Decoder, 1).init(&device()));
    let device = device().autodiff();
    let loaded = parameters_from_safetensors(learned(Architecture::Decoder, 2).init(&device), &bytes).expect("it fits");
    let tokens = Tokens::from(Tensor::from_data([[0, 1, 2, 4]], &device));
    let gradients = loaded.forward(None, &tokens).mean().backward();
    let gradients = burn::optim::GradientsParams::from_grads(gradients, &loaded);
    assert_eq!(gradients.len(), tensors_of(&loaded).len());
}

#[test]
fn cut_bytes_are_damaged() {
    let bytes = bytes_of(&attention());
    for length in 0..bytes.len() {
        let error = parameters_from_safetensors(attention(), &bytes[..length]).expect_err("cut short");
        assert!(matches!(error, ParametersError::Damaged(_)), "{length} bytes: {error}");
    }
    let longer = [&bytes[..], b"more"].concat();
    assert!(matches!(parameters_from_safetensors(attention(), &longer), Err(ParametersError::Damaged(_))));
}

#[test]
fn flipped_bits_never_panic() {
    let bytes = bytes_of(&attention());
    let header = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    for bit in 0..8 * (8 + header) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // A flip may go unnoticed, as where it makes one blank another; then the module must work.
        if let Ok(attention) = parameters_from_safetensors(attention(), &flipped) {
            let x = Tensor::ones([1, 2, 4], &device());
            attention.forward(x.clone(), x.clone(), x, None);
        }
    }
}

#[test]
fn a_missing_tensor_is_named() {
    let model = learned(Architecture::Decoder, 1).init(&device());
    let mut tensors = tensors_of(&model);
    tensors.remove(QUERY).expect("it was there");
    assert_mismatch(parameters_from_safetensors(model, &file_of(&tensors)), &["there is no tensor", QUERY]);
}

#[test]
fn a_tensor_too_many_is_named() {
    let model = learned(Architecture::Decoder, 1).init(&device());
    let mut tensors = tensors_of(&model);
    let copy = Stored { dtype: Dtype::F32, shape: vec![1], bytes: vec![0; 4] };
    tensors.insert("decoder.blocks.2.surprise".to_string(), copy);
    assert_mismatch(parameters_from_safetensors(model, &file_of(&tensors)), &["decoder.blocks.2.surprise"]);
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let device = device();
    let bytes = bytes_of(&learned(Architecture::Decoder, 1).init(&device));
    let wider = TransformerConfig { d_model: 8, ..learned(Architecture::Decoder, 1) }.init(&device);
    assert_mismatch(parameters_from_safetensors(wider, &bytes), &["decoder.", "weight", "6", "8"]);

    let deeper = TransformerConfig { n_layers: 3, ..learned(Architecture::Decoder, 1) }.init(&device);
    assert_mismatch(parameters_from_safetensors(deeper, &bytes), &["there is no tensor", "decoder.blocks.2."]);
    let both = learned(Architecture::EncoderDecoder, 1).init(&device);
    assert_mismatch(parameters_from_safetensors(both, &bytes), &["there is no tensor"]);
}

#[test]
fn other_types_of_number_are_refused() {
    let mut tensors = tensors_of(&attention());
    let weight = tensors.get_mut("query.weight").expect("it is there");
    weight.dtype = Dtype::I32;
    assert_mismatch(parameters_from_safetensors(attention(), &file_of(&tensors)), &["query.weight", "I32"]);

    // Burn would load 16 bits without a word, and panic at the first matrix product.
    let weight = tensors.get_mut("query.weight").expect("it is there");
    (weight.dtype, weight.bytes) = (Dtype::F16, weight.bytes.split_off(weight.bytes.len() / 2));
    assert_mismatch(parameters_from_safetensors(attention(), &file_of(&tensors)), &["query.weight", "F16"]);
}

fn attention() -> MultiHeadAttention {
    MultiHeadAttentionConfig::new(4, 2).init(&device())
}

fn logits(model: &Transformer) -> Vec<f32> {
    let tokens = Tokens::from(Tensor::from_data([[0, 1, 2, 4]], &device()));
    let source = model.has_encoder().then(|| tokens.clone());
    numbers(model.forward(source.as_ref(), &tokens))
}

fn bytes_of<M: Module>(module: &M) -> Vec<u8> {
    parameters_to_safetensors(module).expect("a processor's tensors can be read")
}

/// A tensor as the file holds it.
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn tensors_of<M: Module>(module: &M) -> BTreeMap<String, Stored> {
    let bytes = bytes_of(module);
    let file = SafeTensors::deserialize(&bytes).expect("we write safetensors");
    let stored = |view: TensorView<'_>| Stored {
        dtype: view.dtype(),
        shape: view.shape().to_vec(),
        bytes: view.data().to_vec(),
    };
    file.tensors().into_iter().map(|(name, view)| (name, stored(view))).collect()
}

fn file_of(tensors: &BTreeMap<String, Stored>) -> Vec<u8> {
    let views = tensors.iter().map(|(name, tensor)| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        (name, view.expect("as many bytes as the shape says"))
    });
    safetensors::serialize(views, None).expect("the tensors fit in a file")
}

fn assert_mismatch<M: std::fmt::Debug>(loaded: Result<M, ParametersError>, words: &[&str]) {
    let error = loaded.expect_err("these weights are another module's");
    assert!(matches!(error, ParametersError::Mismatch(_)), "{error:?}");
    let message = error.to_string();
    assert!(words.iter().all(|word| message.contains(word)), "{message:?} does not say {words:?}");
    assert!(!message.contains('\n'), "{message:?} is more than a line");
}
