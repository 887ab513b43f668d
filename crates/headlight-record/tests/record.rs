//! What a record refuses to hold, and what it says about what it holds.

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, RecordError};

#[test]
fn counts_must_fit_the_shape() {
    let size = |shape, weights: usize, queries, keys| {
        let made = AttentionRecord::new(
            AttentionKind::Cross,
            shape,
            vec![0.0; weights],
            tokens(queries),
            tokens(keys),
            Origin::default(),
        );
        made.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(size([2, 3, 4, 5], 120, 4, 5), Ok(()));
    assert_eq!(size([2, 3, 4, 5], 119, 4, 5), Err("weights: expected 120, got 119".to_string()));
    assert_eq!(size([2, 3, 4, 5], 120, 5, 5), Err("query tokens: expected 4, got 5".to_string()));
    assert_eq!(size([2, 3, 4, 5], 120, 4, 4), Err("key tokens: expected 5, got 4".to_string()));
    // A shape whose product does not fit into a number of this machine.
    assert!(size([usize::MAX, 2, 1, 1], 0, 1, 1).is_err());
}

#[test]
fn an_empty_axis_is_refused() {
    for shape in [[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0], [0; 4]] {
        for weights in [vec![], vec![0.0], vec![f32::NAN]] {
            let [.., queries, keys] = shape;
            let (queries, keys) = (tokens(queries), tokens(keys));
            let made = AttentionRecord::new(AttentionKind::Cross, shape, weights, queries, keys, Origin::default());
            assert!(made.is_err(), "{shape:?}");
        }
    }
}

#[test]
fn numbers_that_are_no_weights_are_refused_with_their_place() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.5, -f32::MIN_POSITIVE] {
        let mut weights = vec![0.25; 2 * 2 * 3 * 4];
        weights[12 + 4 + 2] = bad; // the second head's second row, third key
        weights[40] = bad; // a later one is not told
        let made = made([2, 2, 3, 4], weights).expect_err("no weight");
        let RecordError::Weight { kind, layer, head, query, key, weight } = made else { panic!("{made}") };
        assert_eq!((kind, layer, head, query, key), (AttentionKind::DecoderSelf, 0, 1, 1, 2));
        assert_eq!(weight.to_bits(), bad.to_bits());
    }
    let error = made([1, 1, 1, 2], vec![1.0, -1.0]).expect_err("negative").to_string();
    assert_eq!(error, "decoder_self layer 0 head 0, query 0, key 1: -1 is not an attention weight");
    // A small step beyond 1 is rounding, and weights from elsewhere need not sum to 1.
    assert!(made([1, 1, 1, 2], vec![1.000_001, 0.0]).is_ok());
}

#[test]
fn a_hidden_key_has_no_weight() {
    use MaskCell::{Causal, Padding, Visible};
    let record = || made([1, 2, 2, 2], vec![1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 1.0, 0.0]).expect("a causal record");

    let causal = record().with_mask(vec![Visible, Causal, Visible, Visible]).expect("key 1 comes later than query 0");
    assert_eq!(causal.mask(), Some(&[Visible, Causal, Visible, Visible][..]));
    assert_eq!(record().mask(), None);

    let error = record().with_mask(vec![Visible, Causal, Visible, Padding]).expect_err("head 0 looks there");
    assert_eq!(error.to_string(), "query 1 has weight 0.5 on key 1, which is masked");
    let error = record().with_mask(vec![Visible; 8]).expect_err("one mask for all heads").to_string();
    assert_eq!(error, "mask cells: expected 4, got 8");
    assert!(record().with_mask(vec![]).is_err());
}

#[test]
fn segments_are_of_two_texts_and_of_one_sequence() {
    let record = || made([1, 1, 2, 2], vec![0.0; 4]).expect("a record");
    let kept = record().with_segments(vec![0, 1]).expect("two texts");
    assert_eq!(kept.segments(), Some(&[0, 1][..]));
    assert_eq!(record().segments(), None);

    let error = |made: Result<AttentionRecord, RecordError>| made.expect_err("no segments").to_string();
    assert_eq!(error(record().with_segments(vec![0, 2])), "token 1 belongs to text 2, and there are two: 0 and 1");
    assert_eq!(error(record().with_segments(vec![0])), "segments of queries: expected 2, got 1");
    let between_two = made([1, 1, 2, 3], vec![0.0; 6]).expect("a record");
    assert_eq!(error(between_two.with_segments(vec![0, 1])), "segments of keys: expected 3, got 2");
}

#[test]
fn an_alignment_names_keys_that_exist() {
    let record = || made([1, 1, 2, 3], vec![0.0; 6]).expect("a record");
    // A set of keys for each query: neither order nor repetition in what is given matters.
    let kept = record().with_alignment(vec![vec![2, 0, 2], vec![]]).expect("they exist");
    assert_eq!(kept.alignment(), Some(&[vec![0, 2], vec![]][..]));

    let error = record().with_alignment(vec![vec![0], vec![1, 3]]).expect_err("keys 0, 1, 2").to_string();
    assert_eq!(error, "the alignment of query 1 names key 3, but there are only 3 keys");
    let error = record().with_alignment(vec![vec![0]]).expect_err("two queries").to_string();
    assert_eq!(error, "alignment: expected 2, got 1");
}

#[test]
fn heads_and_rows_are_found() {
    // The n-th weight is n.
    let record = made([2, 3, 2, 4], (0..48).map(|weight| weight as f32).collect()).expect("a record");
    assert_eq!(record.head(0, 0), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(record.head(1, 2), [40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0, 47.0]);
    assert_eq!(record.row(1, 0, 1), [28.0, 29.0, 30.0, 31.0]);
}

#[test]
#[should_panic(expected = "layer 0, head 3: there are 2 layers of 3 heads")]
fn a_head_out_of_range_is_not_another_layers() {
    made([2, 3, 1, 1], vec![1.0; 6]).expect("a record").head(0, 3);
}

#[test]
fn the_worst_row_sum_is_told() {
    let error = |weights: Vec<f32>| made([1, 1, weights.len() / 2, 2], weights).expect("a record").row_sum_error();
    assert_eq!(error(vec![0.5, 0.5, 0.0, 0.0, 1.0, 0.0]), 0.0); // sums 1, 0 and 1, each as it should be
    assert_eq!(error(vec![0.5, 0.5, 0.5, 0.25]), 0.25); //         0.75 is a quarter from 1
    assert_eq!(error(vec![0.125, 0.0, 0.5, 0.5]), 0.125); //       0.125 is an eighth from 0
    assert_eq!(error(vec![1.0, 1.0]), 1.0); //                     2 is 1 too many
}

#[test]
fn alignment_scores_by_hand() {
    #[rustfmt::skip]
    let weights = vec![
        // layer 0: head 0, head 1
        0.25, 0.75,  0.5, 0.5,  1.0, 0.0,
        0.0,  1.0,   1.0, 0.0,  1.0, 0.0,
        // layer 1
        0.75, 0.25,  0.5, 0.5,  1.0, 0.0,
        0.5,  0.5,   0.0, 1.0,  1.0, 0.0,
    ];
    let record = made([2, 2, 3, 2], weights).expect("a record");
    assert_eq!(record.alignment_score(0, 0), None);
    assert_eq!(record.best_aligned_head(), None);

    // Query 0 needs key 0, query 1 both keys (any split of them is right), query 2 nothing.
    let record = record.with_alignment(vec![vec![0], vec![0, 1], vec![]]).expect("they exist");
    assert_eq!(record.alignment_score(0, 0), Some((0.25 + 1.0) / 2.0));
    assert_eq!(record.alignment_score(0, 1), Some((0.0 + 1.0) / 2.0));
    assert_eq!(record.alignment_score(1, 0), Some((0.75 + 1.0) / 2.0));
    assert_eq!(record.alignment_score(1, 1), Some((0.5 + 1.0) / 2.0));
    assert_eq!(record.best_aligned_head(), Some((1, 0, 0.875)));

    let record = record.with_alignment(vec![vec![]; 3]).expect("nothing needed");
    assert_eq!(record.alignment_score(0, 0), None);
    assert_eq!(record.best_aligned_head(), None);
}

#[test]
fn kinds_have_a_name_for_files_and_one_for_people() {
    assert_eq!(AttentionKind::ALL.map(AttentionKind::name), ["encoder_self", "decoder_self", "cross"]);
    assert_eq!(AttentionKind::Cross.title(), "cross attention");
    assert_eq!(AttentionKind::EncoderSelf.to_string(), "encoder_self");
}

fn made(shape: [usize; 4], weights: Vec<f32>) -> Result<AttentionRecord, RecordError> {
    let [_, _, queries, keys] = shape;
    AttentionRecord::new(AttentionKind::DecoderSelf, shape, weights, tokens(queries), tokens(keys), Origin::default())
}

fn tokens(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("t{at}")).collect()
}
