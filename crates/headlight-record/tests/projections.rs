//! What weights came from: what is refused, what comes back from a file, and what combining leaves of it.

use headlight_record::{
    AttentionKind, AttentionRecord, Combination, Origin, Projections, combine_records, records_from_bytes,
    records_to_bytes,
};
use safetensors::Dtype;
use safetensors::tensor::{SafeTensors, TensorView};

#[test]
fn numbers_must_be_as_many_as_the_record_asks_for() {
    let refused = |change: fn(&mut Projections)| {
        let mut wrong = projections();
        change(&mut wrong);
        bare(AttentionKind::Cross).with_projections(wrong).expect_err("wrong").to_string()
    };
    assert_eq!(refused(|p| p.d_head = 3), "numbers of the query: expected 36, got 24");
    assert_eq!(refused(|p| p.key.truncate(1)), "numbers of the key: expected 16, got 1");
    assert_eq!(refused(|p| p.value.push(0.0)), "numbers of the value: expected 24, got 25");
    assert_eq!(refused(|p| p.bias = Some(vec![0.0; 3])), "numbers of the bias: expected 12, got 3");
    assert_eq!(refused(|p| (p.d_value, p.value) = (0, vec![])), "widths that are not 0: expected 2, got 1");
    assert!(refused(|p| p.d_head = usize::MAX).starts_with("numbers of the query: expected 18446744073709551615"));
    assert_eq!(refused(|p| p.value[5] = f32::NAN), "numbers of the value: NaN is not finite (number 5)");
    assert_eq!(
        refused(|p| p.bias = Some([&[0.0; 11][..], &[f32::NEG_INFINITY]].concat())),
        "numbers of the bias: -inf is not finite (number 11)"
    );
}

#[test]
fn each_head_has_its_part() {
    let record = full(AttentionKind::Cross);
    let head = record.head_projections(1, 1).expect("there");
    assert_eq!((head.d_head, head.d_value), (2, 3));
    assert_eq!(head.query, [18.0, 19.0, 20.0, 21.0, 22.0, 23.0]); // behind three heads of three queries of two numbers
    assert_eq!(head.key, [112.0, 113.0, 114.0, 115.0]);
    assert_eq!(head.value, [218.0, 219.0, 220.0, 221.0, 222.0, 223.0]);
    assert_eq!(head.bias, Some(&[-6.0, -7.0, -8.0, -9.0, -10.0, -11.0][..]));
    assert_eq!(record.head_projections(0, 1).expect("there").bias, head.bias); // the same in every layer
    assert_eq!(bare(AttentionKind::Cross).head_projections(0, 0), None);
}

#[test]
fn files_hold_them_or_not() {
    let without_bias = bare(AttentionKind::EncoderSelf)
        .with_projections(Projections { bias: None, ..projections() })
        .expect("a bias is not asked for");
    let records = [full(AttentionKind::Cross), without_bias, bare(AttentionKind::DecoderSelf)];
    let bytes = records_to_bytes(&records).expect("three kinds");
    assert_eq!(records_from_bytes(&bytes).expect("as written"), records);
    assert_eq!(records_to_bytes(&records).expect("three kinds"), bytes);

    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let shape = |name: &str| file.tensor(name).map(|tensor| tensor.shape().to_vec()).ok();
    assert_eq!(shape("cross.query"), Some(vec![2, 2, 3, 2]));
    assert_eq!(shape("cross.key"), Some(vec![2, 2, 2, 2]));
    assert_eq!(shape("cross.value"), Some(vec![2, 2, 2, 3]));
    assert_eq!(shape("cross.bias"), Some(vec![2, 3, 2]));
    assert_eq!(shape("encoder_self.bias"), None);
    assert_eq!(shape("decoder_self.query"), None);
    assert_eq!(file.len(), 3 + 4 + 3);

    let smaller = records.map(AttentionRecord::without_projections);
    let smaller = records_to_bytes(&smaller).expect("three kinds");
    assert_eq!(SafeTensors::deserialize(&smaller).expect("safetensors").len(), 3);
}

#[test]
fn damaged_ones_are_refused_in_one_line() {
    type Tensor = (String, Vec<usize>, Vec<u8>, Dtype);
    let refused = |change: fn(&mut Vec<Tensor>)| {
        let bytes = records_to_bytes(&[full(AttentionKind::Cross)]).expect("one kind");
        let file = SafeTensors::deserialize(&bytes).expect("safetensors");
        let mut tensors: Vec<Tensor> = file
            .tensors()
            .into_iter()
            .map(|(name, tensor)| (name, tensor.shape().to_vec(), tensor.data().to_vec(), tensor.dtype()))
            .collect();
        tensors.sort_by(|left, right| left.0.cmp(&right.0)); // cross, .bias, .key, .query, .value
        change(&mut tensors);
        let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("metadata");
        let views = tensors.iter().map(|(name, shape, data, dtype)| {
            (name, TensorView::new(*dtype, shape.clone(), data).expect("as many numbers as the shape asks for"))
        });
        // The checksum among the metadata is not the first entry, and so is not looked at.
        let json = metadata.metadata().as_ref().expect("metadata")["headlight"].clone();
        let bytes = safetensors::serialize(views, Some([("headlight".to_string(), json)].into())).expect("tensors");
        let reason = records_from_bytes(&bytes).map(|_| ()).expect_err("damaged").to_string();
        assert!(reason.starts_with("damaged: ") && !reason.contains('\n'), "{reason}");
        reason
    };
    assert!(refused(|tensors| drop(tensors.remove(2))).contains("cross.key"));
    assert!(refused(|tensors| drop(tensors.remove(3))).contains("cross.query"));
    assert!(refused(|tensors| drop(tensors.drain(2..))).contains("cross.query")); // a bias of nothing
    assert!(refused(|tensors| tensors[3].1 = vec![4, 3, 2]).contains("cross.query has 3 axes, not 4"));
    assert!(refused(|tensors| tensors[3].1 = vec![3, 2, 2, 2]).contains("do not fit together"));
    assert!(refused(|tensors| tensors[2].1 = vec![2, 2, 4, 1]).contains("do not fit together"));
    assert!(refused(|tensors| tensors[1].1 = vec![3, 2, 2]).contains("do not fit together"));
    assert!(refused(|tensors| (tensors[4].2, tensors[4].1) = (vec![], vec![2, 2, 2, 0])).contains("widths"));
    assert!(refused(|tensors| tensors[4].3 = Dtype::I32).contains("cross.value is I32, not F32"));
    assert!(refused(|tensors| tensors[4].2[..4].copy_from_slice(&f32::NAN.to_le_bytes())).contains("NaN"));
}

#[test]
fn one_head_keeps_its_own_and_mixtures_have_none() {
    let record = full(AttentionKind::Cross);
    let one = record.one_head(1, 0);
    assert_eq!(one.head_projections(0, 0), record.head_projections(1, 0));
    assert_eq!(one.projections().expect("there").query.len(), 6);
    for combination in [Combination::Mean, Combination::Maximum] {
        assert_eq!(record.combine_heads(combination).projections(), None);
        let both = [record.clone(), record.clone()];
        assert_eq!(combine_records(&both, combination).expect("alike").projections(), None);
    }
}

/// Two layers of two heads, three queries, two keys.
fn bare(kind: AttentionKind) -> AttentionRecord {
    let tokens = |count| vec!["t".to_string(); count];
    AttentionRecord::new(kind, [2, 2, 3, 2], vec![0.5; 24], tokens(3), tokens(2), Origin::default()).expect("it fits")
}

fn full(kind: AttentionKind) -> AttentionRecord {
    bare(kind).with_projections(projections()).expect("they fit")
}

fn projections() -> Projections {
    let count = |from: usize, length: usize| (from..from + length).map(|number| number as f32).collect::<Vec<_>>();
    Projections {
        d_head: 2,
        d_value: 3,
        query: count(0, 24),
        key: count(100, 16),
        value: count(200, 24),
        bias: Some(count(0, 12).into_iter().map(|number| -number).collect()),
    }
}
