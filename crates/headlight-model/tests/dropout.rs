//! Dropout is a function of its key: the same twice, whatever else runs, and another at every step, shard and site.

mod device;
mod numbers;

use burn::tensor::Tensor;
use device::device;
use headlight_model::{
    Activation, Architecture, Dropout, DropoutKey, MultiHeadAttentionConfig, NormPlacement, Positions, Tokens,
    Transformer, TransformerConfig,
};
use numbers::numbers;

const KEY: DropoutKey = DropoutKey { seed: 7, step: 3, shard: 1, site: 4 };

#[test]
fn equal_keys_drop_the_same_and_others_do_not() {
    let mask = |key| dropped_ones(0.5, key);
    assert_eq!(mask(KEY), mask(KEY));
    for other in [
        DropoutKey { seed: 8, ..KEY },
        DropoutKey { step: 4, ..KEY },
        DropoutKey { shard: 2, ..KEY },
        DropoutKey { site: 5, ..KEY },
        // The same four numbers in other places.
        DropoutKey { seed: 3, step: 7, ..KEY },
        DropoutKey { shard: 4, site: 1, ..KEY },
    ] {
        assert_ne!(mask(KEY), mask(other), "{other:?}");
    }
}

#[test]
fn without_a_key_or_a_probability_nothing_is_dropped() {
    let ones = Tensor::<2>::ones([100, 10], &device());
    assert_eq!(numbers(Dropout::new(0.9).forward(ones.clone())), [1.0; 1000]);
    assert_eq!(numbers(Dropout::new(0.0).with_key(KEY).forward(ones)), [1.0; 1000]);
}

#[test]
fn what_is_kept_makes_up_for_what_is_dropped() {
    for probability in [0.1, 0.5, 0.75] {
        let numbers = dropped_ones(probability, KEY);
        let kept = 1.0 / (1.0 - probability as f32);
        assert!(numbers.iter().all(|number| *number == 0.0 || (number - kept).abs() < 1e-6));
        // Over 20 000 values the mean of the kept ones strays by √(p / (1 − p) / 20 000), at most 0.012.
        let mean = numbers.iter().sum::<f32>() / numbers.len() as f32;
        assert!((mean - 1.0).abs() < 0.05, "dropout {probability} makes ones into {mean} on average");
    }
}

#[test]
fn what_is_dropped_gets_no_gradient() {
    let ones = Tensor::<2>::ones([20, 10], &device().autodiff()).require_grad();
    let dropped = Dropout::new(0.5).with_key(KEY).forward(ones.clone());
    let gradients = dropped.clone().sum().backward();
    assert_eq!(numbers(ones.grad(&gradients).expect("it requires a gradient")), numbers(dropped));
}

#[test]
fn recorded_weights_are_those_before_dropout() {
    let device = device();
    let config = MultiHeadAttentionConfig { dropout: 0.5, ..MultiHeadAttentionConfig::new(8, 2) };
    let attention = config.init(&device);
    let x = Tensor::<1>::from_data([0.5, -1.0, 0.25, 2.0], &device).repeat_dim(0, 10).reshape([1, 5, 8]);

    let evaluated = attention.forward_with_attention(x.clone(), x.clone(), x.clone(), None);
    let trained = attention.with_dropout(KEY).forward_with_attention(x.clone(), x.clone(), x, None);

    assert_ne!(numbers(evaluated.0), numbers(trained.0));
    assert_eq!(numbers(evaluated.1), numbers(trained.1));
}

#[test]
fn a_model_drops_by_key_alone() {
    let model = model(0.5);
    let expected = logits(model.clone().with_dropout(KEY));
    assert_ne!(expected, logits(model.clone()));
    assert_ne!(expected, logits(model.clone().with_dropout(DropoutKey { step: 4, ..KEY })));

    // Eight trainings at once: Burn's generator would mix them up.
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| logits(model.clone().with_dropout(KEY)))).collect();
        for thread in threads {
            assert_eq!(thread.join().expect("the thread ends well"), expected);
        }
    });
}

#[test]
fn evaluation_is_the_model_without_dropout() {
    assert_eq!(logits(model(0.5)), logits(model(0.0)));
    assert_eq!(logits(model(0.0).with_dropout(KEY)), logits(model(0.0)));
}

#[test]
#[should_panic(expected = "dropout 1 is not in [0, 1)")]
fn dropping_everything_is_refused() {
    let _ = Dropout::new(1.0);
}

fn model(dropout: f64) -> Transformer {
    let config = TransformerConfig {
        architecture: Architecture::EncoderDecoder,
        vocab_size: 5,
        max_length: 4,
        d_model: 8,
        n_heads: 2,
        n_layers: 2,
        d_ff: 8,
        dropout,
        positions: Positions::Sinusoidal,
        norm: NormPlacement::Pre,
        activation: Activation::Relu,
        tie_weights: false,
        seed: 0,
    };
    config.init(&device())
}

fn logits(model: Transformer) -> Vec<f32> {
    let tokens = Tokens::from(Tensor::from_data([[0, 1, 2, 4]], &device()));
    numbers(model.forward(Some(&tokens), &tokens))
}

fn dropped_ones(probability: f64, key: DropoutKey) -> Vec<f32> {
    let ones = Tensor::<2>::ones([200, 100], &device());
    numbers(Dropout::new(probability).with_key(key).forward(ones))
}
