use burn::tensor::Device;
use headlight_flex::MaskTensors;
use headlight_model::attention_weights;

use super::draw::{assert_close, numbers};
use super::{Case, SIZES, VIEWS};

#[test]
fn the_weights_are_the_plain_ones_under_every_mask() {
    for (seed, size) in (200..).zip(SIZES) {
        let mut case = Case::on(Device::flex(), size, seed);
        let [batch_size, n_heads, queries, keys, ..] = size;
        let masks: Vec<_> = case.masks().into_iter().map(|(name, mask)| (name, Some(mask))).collect();
        for (name, mask) in [("no mask", None)].into_iter().chain(masks) {
            for (_, view) in VIEWS {
                let [query, key, _] = case.inputs.clone().map(view);
                let tensors = mask.as_ref().map(|mask| mask.tensors([batch_size, n_heads, queries, keys]));
                let fast = headlight_flex::attention_weights(&query, &key, tensors.unwrap_or_default());
                let fast = fast.expect("flex is served");
                assert_eq!(fast.dims(), [batch_size, n_heads, queries, keys]);
                assert_close(name, &numbers(fast), &numbers(attention_weights(query, key, mask.as_ref())));
            }
        }
    }
}

#[test]
fn where_a_gradient_is_asked_for_the_kernel_does_not_serve() {
    let case = Case::new([2, 3, 5, 7, 4, 2], 220);
    let [query, key, _] = case.inputs;
    assert!(headlight_flex::attention_weights(&query, &key, MaskTensors::default()).is_none());
}
