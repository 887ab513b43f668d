//! Fresh weights are a function of the seed, and no two layers begin alike.

mod device;
mod models;

use std::collections::BTreeSet;

use burn::tensor::Tensor;
use device::device;
use headlight_model::{Architecture, MultiHeadAttentionConfig, SingleHeadAttentionConfig, parameters_to_safetensors};
use models::learned;
use safetensors::SafeTensors;

#[test]
fn the_seed_decides() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        assert_eq!(transformer(architecture, 1), transformer(architecture, 1));
        assert_ne!(transformer(architecture, 1), transformer(architecture, 2));
    }
    let attention = |seed| {
        let config = MultiHeadAttentionConfig::new(6, 2);
        let module = MultiHeadAttentionConfig { seed, ..config }.init(&device());
        parameters_to_safetensors(&module).expect("readable")
    };
    assert_eq!(attention(1), attention(1));
    assert_ne!(attention(1), attention(2));

    let single = |seed| {
        let module = SingleHeadAttentionConfig { d_model: 6, seed }.init(&device());
        parameters_to_safetensors(&module).expect("readable")
    };
    assert_eq!(single(1), single(1));
    assert_ne!(single(1), single(2));
}

#[test]
fn models_made_side_by_side_do_not_change_each_other() {
    let expected: Vec<_> = (0..8).map(|seed| transformer(Architecture::EncoderDecoder, seed)).collect();
    std::thread::scope(|scope| {
        let make = |seed| scope.spawn(move || transformer(Architecture::EncoderDecoder, seed));
        let threads: Vec<_> = (0..8).map(make).collect();
        for (thread, expected) in threads.into_iter().zip(expected) {
            assert_eq!(thread.join().expect("the thread ends well"), expected);
        }
    });
}

#[test]
fn the_process_wide_generator_has_no_say() {
    let before = transformer(Architecture::Decoder, 1);
    device().seed(42);
    let _ = Tensor::<1>::random([10], burn::tensor::Distribution::Default, &device());
    assert_eq!(before, transformer(Architecture::Decoder, 1));
}

#[test]
fn no_two_matrices_begin_alike() {
    // Copies of one layer would all learn the same at first, and the heads of two blocks would look alike for long.
    let bytes = transformer(Architecture::EncoderDecoder, 1);
    let file = SafeTensors::deserialize(&bytes).expect("we write safetensors");
    let matrices: Vec<_> = file.tensors().into_iter().filter(|(_, tensor)| tensor.shape().len() == 2).collect();
    let different: BTreeSet<_> = matrices.iter().map(|(_, tensor)| tensor.data().to_vec()).collect();
    // Two embeddings with positions; 2 encoder blocks of 4 + 2; 2 decoder blocks of 4 + 4 + 2; the output.
    assert_eq!(matrices.len(), 2 * 2 + 2 * 6 + 2 * 10 + 1);
    assert_eq!(different.len(), matrices.len());
}

#[test]
fn layers_begin_within_glorots_bound_and_without_bias() {
    let config = MultiHeadAttentionConfig { kdim: 20, ..MultiHeadAttentionConfig::new(96, 4) };
    let attention = config.init(&device());
    for (layer, d_input) in [(&attention.query, 96), (&attention.key, 20), (&attention.output, 96)] {
        let bound = (6.0 / (d_input + 96) as f32).sqrt();
        let numbers: Vec<f32> = layer.weight.val().into_data().try_into_vec().expect("weights are f32");
        let largest = numbers.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        // Of two thousand numbers, evenly spread, some come near the bound; their mean strays by bound / √(3 · 2000).
        assert!(largest <= bound && largest > 0.99 * bound, "{largest} against {bound}");
        let mean = numbers.iter().sum::<f32>() / numbers.len() as f32;
        assert!(mean.abs() < 0.05 * bound, "mean {mean}");
        let bias = layer.bias.as_ref().expect("bias is on").val().into_data();
        assert_eq!(bias.try_into_vec::<f32>().expect("biases are f32"), [0.0; 96]);
    }
}

/// The bytes of a fresh model.
fn transformer(architecture: Architecture, seed: u64) -> Vec<u8> {
    parameters_to_safetensors(&learned(architecture, seed).init(&device())).expect("a processor's tensors can be read")
}
