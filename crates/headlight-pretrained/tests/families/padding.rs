//! What stands where a sequence is padded changes nothing that its tokens give.

use burn::tensor::{Int, Tensor};
use headlight_model::{Sequences, Tokens};
use headlight_pretrained::{Attends, Model};

use crate::device::device;
use crate::golden::Golden;

/// How many tokens of each sequence are no padding.
const TOKENS: usize = 5;

#[test]
fn padding_does_not_leak() {
    let device = device();
    for name in Golden::names() {
        let golden = Golden::read(&name);
        let Model::Text(model) = golden.open(&device).model else { continue };
        let input = golden.sequences(&device);

        // As if padding were not there.
        let short = |tokens: Tokens| Tokens {
            ids: tokens.ids.narrow(1, 0, TOKENS),
            padding: None,
            segments: tokens.segments.map(|segments| segments.narrow(1, 0, TOKENS)),
        };
        let both = |change: &dyn Fn(Tokens) -> Tokens| Sequences {
            source: input.source.clone().map(change),
            target: change(input.target.clone()),
        };
        let expected = logits(&*model, &both(&short));
        for fill in [1, 7] {
            let filled = both(&|tokens| filled(tokens, fill));
            let off = (logits(&*model, &filled) - expected.clone()).abs().max().into_scalar::<f32>();
            assert!(off <= 1e-4, "{name}: padding with {fill} changes logits by {off:.1e}");
        }
        // It is the mask that keeps it out.
        let unmasked = both(&|tokens| Tokens { padding: None, ..filled(tokens, 7) });
        let off = (logits(&*model, &unmasked) - expected).abs().max().into_scalar::<f32>();
        assert!(
            off > 1e-3 || model.output_stack() == headlight_model::Stack::Decoder && input.source.is_none(),
            "{name}"
        );
    }
}

/// Sequences whose tokens behind the first ones are padding with this number.
fn filled(tokens: Tokens, fill: i64) -> Tokens {
    let [batch_size, seq_length] = tokens.ids.dims();
    let device = tokens.ids.device();
    let rest = Tensor::<2, Int>::full([batch_size, seq_length - TOKENS], fill, &device);
    let is_padding = Tensor::<1, Int>::arange(0..seq_length as i64, &device).greater_equal_elem(TOKENS as i64);
    Tokens {
        ids: Tensor::cat(vec![tokens.ids.narrow(1, 0, TOKENS), rest], 1),
        padding: Some(is_padding.unsqueeze::<2>().expand([batch_size, seq_length])),
        segments: tokens.segments,
    }
}

/// Of the tokens that are no padding.
fn logits(model: &dyn Attends<Input = Sequences>, input: &Sequences) -> Tensor<3> {
    model.trace(input, &[]).logits.narrow(1, 0, TOKENS)
}
