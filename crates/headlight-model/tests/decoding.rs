//! Decoding with kept keys and values gives, position by position, what the forward pass over the whole sequence gives.

mod closeness;
mod device;
mod models;
mod numbers;

use burn::tensor::Tensor;
use closeness::assert_close;
use headlight_model::{Architecture, DropoutKey, Tokens, TransformerConfig};
use models::{TARGET_LENGTH, config, example, models};
use numbers::numbers;

#[test]
fn token_by_token_the_logits_are_those_of_the_whole() {
    for config in models() {
        let (model, source, target) = example(&config);
        let device = target.ids.device();
        let flags = [[false, false, true, true, false, false], [false; 6]];
        let source = source.map(|source| Tokens { padding: Some(Tensor::from_data(flags, &device)), ..source });
        let whole = model.forward(source.as_ref(), &target);

        for prompt_length in [1, 3] {
            let memory = source.as_ref().map(|source| model.encode(source));
            let mut cache = model.start_decoding(memory.as_ref());
            let prompt = model.decode_next(&target.ids.clone().narrow(1, 0, prompt_length), &mut cache);
            assert_close(&numbers(prompt), &numbers(whole.clone().narrow(1, 0, prompt_length)));
            let next = model.decode_next(&target.ids.clone().narrow(1, prompt_length, 1), &mut cache);
            assert_close(&numbers(next), &numbers(whole.clone().narrow(1, prompt_length, 1)));

            // From here on the second sequence alone, with its own part of the cache and of the mask.
            cache.select(&Tensor::from_data([1], &device));
            for position in prompt_length + 1..TARGET_LENGTH {
                let token = target.ids.clone().slice([1..2, position..position + 1]);
                let next = model.decode_next(&token, &mut cache);
                assert_close(&numbers(next), &numbers(whole.clone().slice([1..2, position..position + 1])));
            }
        }
    }
}

#[test]
#[should_panic(expected = "after the prompt, tokens come one at a time, not 2")]
fn after_the_prompt_tokens_come_one_at_a_time() {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let mut cache = model.start_decoding(None);
    model.decode_next(&target.ids.clone().narrow(1, 0, 3), &mut cache);
    model.decode_next(&target.ids.narrow(1, 3, 2), &mut cache);
}

#[test]
fn decoding_drops_nothing() {
    let config = TransformerConfig { dropout: 0.5, ..config(Architecture::Decoder, 0) };
    let (model, _, target) = example(&config);
    let whole = model.forward(None, &target);
    let dropping = model.with_dropout(DropoutKey::default());
    assert_ne!(numbers(dropping.forward(None, &target)), numbers(whole.clone()));
    let decoded = dropping.decode_next(&target.ids, &mut dropping.start_decoding(None));
    assert_close(&numbers(decoded), &numbers(whole));
}
