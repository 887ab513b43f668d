//! What the choices of a configuration mean for the whole model.

mod closeness;
mod device;
mod numbers;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Int, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{Activation, Architecture, NormPlacement, Positions, Tokens, Transformer, TransformerConfig};
use numbers::numbers;

const VOCAB_SIZE: usize = 7;
const D_MODEL: usize = 12;

#[test]
fn without_positions_an_encoder_cannot_tell_the_order_of_its_source() {
    let logits = |positions: Positions, source: [i64; 5]| {
        let model = TransformerConfig { positions, ..config(Architecture::EncoderDecoder) }.init(&device());
        numbers(model.forward(Some(&tokens(source)), &tokens([6, 3, 1])))
    };
    let (source, shuffled) = ([3, 1, 4, 1, 5], [1, 5, 3, 4, 1]);
    assert_close(&logits(Positions::None, source), &logits(Positions::None, shuffled));
    for positions in [Positions::Sinusoidal, Positions::Learned, Positions::Rotary] {
        let (ordered, other) = (logits(positions, source), logits(positions, shuffled));
        assert!(ordered.iter().zip(&other).any(|(a, b)| (a - b).abs() > 1e-4), "{positions:?} tell them apart");
    }
}

#[test]
fn without_positions_a_decoder_can_tell_nonetheless() {
    // Each token sees those before it and no others, so that the first blocks' states already differ with the order.
    let model = TransformerConfig { positions: Positions::None, ..config(Architecture::Decoder) }.init(&device());
    let last = |ids: [i64; 5]| numbers(model.forward(None, &tokens(ids)).narrow(1, 4, 1));
    let (ordered, other) = (last([3, 1, 4, 1, 5]), last([1, 4, 3, 1, 5]));
    assert!(ordered.iter().zip(&other).any(|(a, b)| (a - b).abs() > 1e-4));
}

#[test]
fn with_tied_weights_a_tokens_vector_is_its_row_of_the_output_layer() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let plain = config(architecture).init(&device());
        let tied = TransformerConfig { tie_weights: true, ..config(architecture) }.init(&device());
        assert_eq!(plain.num_params() - tied.num_params(), D_MODEL * VOCAB_SIZE + VOCAB_SIZE);

        // Token 6 is in no sequence here. Without its vector its logit is 0, and no other logit changes.
        let forgetful = tied.clone().map(&mut Forget);
        let logits = |model: &Transformer| {
            let source = model.has_encoder().then(|| tokens([3, 1, 4]));
            model.forward(source.as_ref(), &tokens([0, 3, 1]))
        };
        let (before, after) = (logits(&tied), logits(&forgetful));
        assert!(numbers(before.clone().narrow(2, 6, 1)).iter().all(|logit| logit.abs() > 1e-4));
        assert_eq!(numbers(after.clone().narrow(2, 6, 1)), [0.0; 3]);
        assert_eq!(numbers(before.narrow(2, 0, 6)), numbers(after.narrow(2, 0, 6)));
    }
}

#[test]
fn tied_weights_learn_from_both_of_their_places() {
    let config = TransformerConfig { tie_weights: true, ..config(Architecture::Decoder) };
    let model = config.init(&device().autodiff());
    let ids = Tensor::<2, Int>::from_data([[0, 3, 1]], &device().autodiff());
    let gradients = model.forward(None, &ids.into()).narrow(2, 5, 1).sum().backward();
    let mut learners = Learners { gradients: &gradients, tokens: Vec::new() };
    model.visit(&mut learners);
    // 0, 3 and 1 are read, and 5 is compared with; tokens 2, 4 and 6 have no part in it.
    assert_eq!(learners.tokens, [0, 1, 3, 5]);
}

#[test]
fn post_norm_models_have_no_norm_behind_the_last_block() {
    for (architecture, stacks) in [(Architecture::Decoder, 1), (Architecture::EncoderDecoder, 2)] {
        let pre = config(architecture);
        let post = TransformerConfig { norm: NormPlacement::Post, ..pre.clone() };
        let count = |config: &TransformerConfig| config.init(&device()).num_params();
        assert_eq!(count(&pre) - count(&post), stacks * 2 * D_MODEL);
    }
}

#[test]
fn every_choice_changes_what_a_model_says() {
    let plain = config(Architecture::Decoder);
    let others = [
        TransformerConfig { norm: NormPlacement::Post, ..plain.clone() },
        TransformerConfig { activation: Activation::Gelu, ..plain.clone() },
        TransformerConfig { tie_weights: true, ..plain.clone() },
        TransformerConfig { positions: Positions::Learned, ..plain.clone() },
        TransformerConfig { positions: Positions::Rotary, ..plain.clone() },
        TransformerConfig { positions: Positions::Alibi, ..plain.clone() },
        TransformerConfig { positions: Positions::None, ..plain.clone() },
        plain,
    ];
    let logits = others.each_ref().map(|config| {
        let model = config.init(&device());
        assert_eq!(model.config(), config);
        numbers(model.forward(None, &tokens([0, 3, 1, 4])))
    });
    for (at, logit) in logits.iter().enumerate() {
        assert!(logits[..at].iter().all(|other| other != logit), "{:?}", others[at]);
    }
}

/// Takes the vector of token 6 away.
struct Forget;

impl ModuleMapper for Forget {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| match are_token_vectors(&tensor) {
            true => Tensor::cat(vec![tensor.clone().narrow(0, 0, 6), tensor.narrow(0, 6, 1).zeros_like()], 0),
            false => tensor,
        })
    }
}

/// The tokens whose vectors have a gradient.
struct Learners<'a> {
    gradients: &'a Gradients,
    tokens: Vec<usize>,
}

impl ModuleVisitor for Learners<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if are_token_vectors(&param.val()) {
            let gradient = numbers(param.val().grad(self.gradients).expect("tracked"));
            let rows = gradient.chunks(D_MODEL).enumerate();
            self.tokens.extend(rows.filter(|(_, row)| row.iter().any(|number| *number != 0.0)).map(|(token, _)| token));
        }
    }
}

fn are_token_vectors<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dims()[..] == [VOCAB_SIZE, D_MODEL]
}

fn config(architecture: Architecture) -> TransformerConfig {
    TransformerConfig {
        architecture,
        vocab_size: VOCAB_SIZE,
        max_length: 5,
        d_model: D_MODEL,
        n_heads: 3,
        n_layers: 2,
        d_ff: 20,
        dropout: 0.0,
        positions: Positions::Sinusoidal,
        norm: NormPlacement::Pre,
        activation: Activation::Relu,
        tie_weights: false,
        seed: 1,
    }
}

/// One sequence.
fn tokens<const N: usize>(ids: [i64; N]) -> Tokens {
    Tensor::<2, Int>::from_data([ids], &device()).into()
}
