//! What is refused before anything is computed, and in which words.

mod device;

use device::device;
use headlight_model::{
    Activation, Architecture, ConfigError, MultiHeadAttentionConfig, NormPlacement, Positions, TransformerConfig,
};

const GOOD: TransformerConfig = TransformerConfig {
    architecture: Architecture::EncoderDecoder,
    vocab_size: 5,
    max_length: 4,
    d_model: 6,
    n_heads: 3,
    n_layers: 1,
    d_ff: 7,
    dropout: 0.1,
    positions: Positions::Sinusoidal,
    norm: NormPlacement::Pre,
    activation: Activation::Relu,
    tie_weights: false,
    seed: 1,
};

#[test]
fn heads_that_do_not_divide_are_refused_with_both_numbers() {
    let error = MultiHeadAttentionConfig::new(64, 5).check().expect_err("5 heads of 12.8");
    assert_eq!(error, ConfigError::Heads { d_model: 64, n_heads: 5 });
    assert!(error.to_string().starts_with("5 heads do not divide a width of 64"), "{error}");
    assert_eq!(TransformerConfig { n_heads: 4, ..GOOD }.check(), Err(ConfigError::Heads { d_model: 6, n_heads: 4 }));

    for (d_model, n_heads) in [(4, 0), (0, 4), (0, 0), (4, 8)] {
        let error = MultiHeadAttentionConfig::new(d_model, n_heads).check().expect_err("no head has a width");
        assert_eq!(error, ConfigError::Heads { d_model, n_heads });
    }
}

#[test]
#[should_panic(expected = "5 heads do not divide a width of 64")]
fn heads_set_afterwards_are_refused_too() {
    let good = MultiHeadAttentionConfig::new(64, 4);
    MultiHeadAttentionConfig { n_heads: 5, ..good }.init(&device());
}

#[test]
fn sizes_of_zero_are_refused_by_name() {
    let zeros = [
        ("vocab_size", TransformerConfig { vocab_size: 0, ..GOOD }),
        ("max_length", TransformerConfig { max_length: 0, ..GOOD }),
        ("d_model", TransformerConfig { d_model: 0, ..GOOD }),
        ("n_heads", TransformerConfig { n_heads: 0, ..GOOD }),
        ("n_layers", TransformerConfig { n_layers: 0, ..GOOD }),
        ("d_ff", TransformerConfig { d_ff: 0, ..GOOD }),
    ];
    for (name, config) in zeros {
        let error = config.check().expect_err("nothing of a size").to_string();
        assert_eq!(error, format!("{name} is 0, but must be at least 1"));
    }
    assert_eq!(GOOD.check(), Ok(()));
}

#[test]
fn sinusoidal_positions_need_an_even_width() {
    let odd = TransformerConfig { d_model: 9, ..GOOD };
    assert_eq!(odd.check(), Err(ConfigError::OddWidth { d_model: 9 }));
    assert!(odd.check().expect_err("odd").to_string().contains('9'));
    assert_eq!(TransformerConfig { positions: Positions::Learned, ..odd }.check(), Ok(()));
}

#[test]
fn rotary_positions_need_heads_of_even_width() {
    let rotary = TransformerConfig { positions: Positions::Rotary, ..GOOD };
    assert_eq!(TransformerConfig { d_model: 12, ..rotary.clone() }.check(), Ok(())); // 3 heads of 4
    assert_eq!(
        TransformerConfig { d_model: 9, ..rotary.clone() }.check(),
        Err(ConfigError::OddHead { d_model: 9, n_heads: 3 })
    );
    // An even width does not help heads of 1.
    let error = TransformerConfig { n_heads: 6, ..rotary.clone() }.check().expect_err("heads of one feature");
    assert!(error.to_string().starts_with("rotary positions need heads of even width, and 6 heads share a width of 6"));
}

#[test]
#[should_panic(expected = "rotary positions need heads of even width")]
fn attention_refuses_rotary_heads_of_odd_width_too() {
    let config = MultiHeadAttentionConfig::new(9, 3);
    MultiHeadAttentionConfig { rotary: true, ..config }.init(&device());
}

#[test]
fn alibi_is_refused_by_name_with_an_encoder() {
    let alibi = TransformerConfig { positions: Positions::Alibi, ..GOOD };
    let error = alibi.check().expect_err("an encoder looks both ways");
    assert_eq!(error, ConfigError::AlibiWithEncoder);
    assert!(error.to_string().starts_with("alibi positions are for a decoder alone"), "{error}");
    assert_eq!(TransformerConfig { architecture: Architecture::Decoder, ..alibi }.check(), Ok(()));
}

#[test]
fn dropout_is_a_probability_below_one() {
    for dropout in [1.0, 1.5, -0.1, f64::NAN, f64::INFINITY] {
        let error = TransformerConfig { dropout, ..GOOD }.check().expect_err("no such dropout").to_string();
        assert_eq!(error, format!("dropout {dropout} is not in [0, 1)"));
    }
    assert_eq!(TransformerConfig { dropout: 0.0, ..GOOD }.check(), Ok(()));
}

#[test]
#[should_panic(expected = "n_layers is 0")]
fn a_refused_model_is_not_made() {
    TransformerConfig { n_layers: 0, ..GOOD }.init(&device());
}

#[test]
fn a_configuration_survives_json() {
    let json = serde_json::to_string(&GOOD).expect("it is plain data");
    assert!(
        json.contains(r#""architecture":"encoder-decoder""#) && json.contains(r#""positions":"sinusoidal""#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<TransformerConfig>(&json).expect("we wrote it"), GOOD);

    let error = serde_json::from_str::<TransformerConfig>(&json.replace("n_heads", "heads")).expect_err("a field less");
    assert!(error.to_string().contains("n_heads"), "{error}");
}
