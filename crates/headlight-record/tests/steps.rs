//! The equation, by hand.

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections};

/// Two queries of three keys, d_head 4 so that the scale is 2, values of two numbers.
fn record() -> AttentionRecord {
    let tokens = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
    // Row 0 sees key 0 alone. Row 1 sees keys 0 and 1, whose masked scores are ln 1 and ln 3.
    let weights = vec![1.0, 0.0, 0.0, 0.25, 0.75, 0.0];
    let three = 3f32.ln();
    let projections = Projections {
        d_head: 4,
        d_value: 2,
        query: vec![1.0, 0.0, 0.0, 0.0, /* */ 0.0, 1.0, 2.0, 0.0],
        key: vec![5.0, 0.0, 1.0, 0.0, /* */ 1.0, 2.0 * three, 2.0, 0.0, /* */ 0.0, 0.0, 0.0, 9.0],
        value: vec![10.0, -10.0, /* */ 2.0, 4.0, /* */ 100.0, 100.0],
        bias: Some(vec![0.0, -1.0, -2.0, /* */ -1.0, -2.0, -3.0]),
    };
    use MaskCell::{Causal, Padding, Visible};
    let mask = vec![Visible, Causal, Padding, Visible, Visible, Padding];
    let shape = [1, 1, 2, 3];
    AttentionRecord::new(AttentionKind::Cross, shape, weights, tokens("q r"), tokens("a b c"), Origin::default())
        .and_then(|record| record.with_mask(mask))
        .and_then(|record| record.with_projections(projections))
        .expect("everything fits")
}

#[test]
fn every_step_by_hand() {
    let record = record();
    let steps = record.steps(0, 0).expect("projections");
    let three = 3f32.ln();
    assert_eq!(steps.products, [5.0, 1.0, 0.0, /* */ 2.0, 2.0 * three + 4.0, 0.0]);
    assert_eq!(steps.scores, [2.5, 0.5, 0.0, /* */ 1.0, three + 2.0, 0.0]);
    let hidden = f32::NEG_INFINITY;
    assert_eq!(steps.masked, [2.5, hidden, hidden, /* */ 0.0, three, hidden]);
    assert_eq!(steps.weights, record.head(0, 0));
    assert_eq!(steps.context, [10.0, -10.0, /* */ 4.0, 0.5]);
}

#[test]
fn nothing_is_hidden_without_a_mask_and_nothing_known_without_projections() {
    let projections = record().projections().expect("there").clone();
    let bare = AttentionRecord::new(
        AttentionKind::Cross,
        [1, 1, 2, 3],
        vec![0.0; 6],
        record().query_tokens().to_vec(),
        record().key_tokens().to_vec(),
        Origin::default(),
    )
    .expect("it fits");
    assert_eq!(bare.steps(0, 0), None);
    let open = bare.with_projections(Projections { bias: None, ..projections }).expect("they fit");
    let steps = open.steps(0, 0).expect("projections");
    assert_eq!(steps.masked, steps.scores);
    assert_eq!(steps.context, [0.0; 4]); // rows of no weight gather nothing
}
