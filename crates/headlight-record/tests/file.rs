//! Records as the bytes of a file: the same again when read, and no panic whatever the bytes are.

use headlight_record::{
    AttentionKind, AttentionRecord, MaskCell, Origin, Projections, RecordFileError, records_from_bytes,
    records_to_bytes,
};

/// Tokens that have broken somebody's file format.
const TOKENS: [&str; 8] = ["", " ", "\"\\\n\t", "\0\u{7f}", "e\u{301}", "שָׁלוֹם", "👩‍👩‍👧‍👦", "\u{feff}\u{10ffff}"];

#[test]
fn everything_comes_back() {
    let records = [full(), plain(AttentionKind::EncoderSelf), plain(AttentionKind::DecoderSelf)];
    let bytes = records_to_bytes(&records).expect("three kinds");
    assert_eq!(records_from_bytes(&bytes).expect("as written"), records);
    assert_eq!(records_from_bytes(&records_to_bytes(&[]).expect("none")).expect("as written"), []);
}

#[test]
fn weights_come_back_bit_by_bit() {
    let weights = vec![0.0, 1e-45, f32::MIN_POSITIVE, 1.0 / 3.0, 0.1, 1.0 - f32::EPSILON, 1.0, f32::MAX];
    let bits = |weights: &[f32]| weights.iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
    let tokens = |count| vec![String::new(); count];
    let record = AttentionRecord::new(
        AttentionKind::Cross,
        [2, 1, 2, 2],
        weights.clone(),
        tokens(2),
        tokens(2),
        Origin::default(),
    );
    let bytes = records_to_bytes(&[record.expect("weights of all sizes")]).expect("one kind");
    assert_eq!(bits(records_from_bytes(&bytes).expect("ours")[0].weights()), bits(&weights));
}

#[test]
fn equal_records_give_equal_bytes() {
    let bytes = || records_to_bytes(&[full(), plain(AttentionKind::EncoderSelf)]).expect("two kinds");
    let first = bytes();
    // Hash maps begin elsewhere each time, also within one process; sixteen times would show it.
    assert!((0..16).all(|_| bytes() == first));
}

#[test]
fn any_safetensors_reader_finds_tensors_and_metadata() {
    let bytes = records_to_bytes(&[full(), plain(AttentionKind::DecoderSelf)]).expect("two kinds");
    let header_length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header_length]).expect("a JSON header");

    let metadata = header["__metadata__"].as_object().expect("an object");
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["headlight"]);
    // Metadata, two kinds, and query, key, value and bias of one of them.
    assert_eq!(header.as_object().expect("an object").len(), 7);
    assert_eq!(header["cross"]["dtype"], "F32");
    assert_eq!(header["cross"]["shape"], serde_json::json!([1, 2, 2, 8]));
    assert_eq!(header["decoder_self"]["shape"], serde_json::json!([1, 1, 1, 2]));
}

#[test]
fn cut_files_are_damaged() {
    let bytes = records_to_bytes(&[full()]).expect("one kind");
    for length in 0..bytes.len() {
        let reason = records_from_bytes(&bytes[..length]).expect_err("cut short").to_string();
        assert!(reason.starts_with("damaged: ") && !reason.contains('\n'), "{length} bytes: {reason}");
    }
    assert!(records_from_bytes(&[&bytes[..], b"more"].concat()).is_err());
}

#[test]
fn flipped_bits_never_panic() {
    let bytes = records_to_bytes(&[full()]).expect("one kind");
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // Some flips give another good file, such as one with another token; what is read is then a good record.
        for record in records_from_bytes(&flipped).unwrap_or_default() {
            assert!(record.weights().iter().all(|weight| weight.is_finite() && *weight >= 0.0));
            record.best_aligned_head();
        }
    }
}

#[test]
fn files_that_are_no_record_say_what_they_are() {
    let refused = |metadata: Option<&str>, words: &str| {
        let reason = records_from_bytes(&file_with(metadata)).expect_err("no record of ours").to_string();
        assert!(reason.contains(words), "{reason}");
    };
    refused(None, "the metadata key 'headlight' is missing");
    refused(Some("{"), "damaged");
    refused(Some("{}"), "no version");
    refused(Some(r#"{"version":-1}"#), "no version");
    refused(Some(r#"{"version":1}"#), "missing field `records`");
    // A newer file may look different in every other way, so its version is looked at first.
    refused(Some(r#"{"version":2,"everything":"else"}"#), "version 2; this Headlight reads 1");
    refused(Some(r#"{"version":4294967297,"records":[]}"#), "version 4294967297");

    let record = |kind: &str, queries: usize| {
        let tokens = vec!["t"; queries];
        let origin = serde_json::json!({"task": "", "model": "", "step": null});
        let record = serde_json::json!({"kind": kind, "query_tokens": tokens, "key_tokens": ["t"], "origin": origin});
        serde_json::json!({"version": 1, "records": [record]}).to_string()
    };
    refused(Some(&record("sideways", 1)), "sideways");
    refused(Some(&record("decoder_self", 1)), "decoder_self");
    refused(Some(&record("cross", 2)), "query tokens: expected 1, got 2");
    // The same, but right.
    assert_eq!(records_from_bytes(&file_with(Some(&record("cross", 1)))).expect("a record").len(), 1);
}

#[test]
fn segments_come_back() {
    let tokens = || vec!["a".to_string(), "b".to_string()];
    let record = AttentionRecord::new(
        AttentionKind::EncoderSelf,
        [1, 1, 2, 2],
        vec![0.5; 4],
        tokens(),
        tokens(),
        Origin::default(),
    );
    let record = record.and_then(|record| record.with_segments(vec![0, 1])).expect("it fits");
    let bytes = records_to_bytes(std::slice::from_ref(&record)).expect("one record");
    assert_eq!(records_from_bytes(&bytes).expect("as written"), [record]);
}

#[test]
fn two_records_of_a_kind_are_no_file() {
    let twice = [plain(AttentionKind::Cross), plain(AttentionKind::Cross)];
    let error = records_to_bytes(&twice).expect_err("one tensor a kind");
    assert!(matches!(error, RecordFileError::TwoOfAKind(AttentionKind::Cross)), "{error}");
    let error = records_from_bytes(b"not safetensors").expect_err("not safetensors").to_string();
    assert!(error.starts_with("damaged: ") && !error.contains('\n'), "{error}");
}

/// With mask, alignment, projections, origin and tokens as they come.
fn full() -> AttentionRecord {
    let key_tokens = TOKENS.map(str::to_string).to_vec();
    let query_tokens = vec![TOKENS.concat(), "q".to_string()];
    let origin = Origin { task: "copy".to_string(), model: "2 × 4, «small»".to_string(), step: Some(1200) };
    // Both heads look at keys 0 and 1 alike.
    let weights = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0].repeat(4);
    let mut mask = vec![MaskCell::Visible; 16];
    mask[7] = MaskCell::Padding;
    mask[6] = MaskCell::Causal;
    AttentionRecord::new(AttentionKind::Cross, [1, 2, 2, 8], weights, query_tokens, key_tokens, origin)
        .and_then(|record| record.with_mask(mask))
        .and_then(|record| record.with_alignment(vec![vec![], vec![0, 7]]))
        .and_then(|record| record.with_projections(projections()))
        .expect("everything fits")
}

fn projections() -> Projections {
    let (query, key, value) = (vec![0.5; 4], vec![-1.0; 16], vec![2.0; 16]);
    Projections { d_head: 1, d_value: 1, query, key, value, bias: Some(vec![-0.25; 32]) }
}

fn plain(kind: AttentionKind) -> AttentionRecord {
    let [query, key] = [vec!["a".to_string()], vec!["a".to_string(), "b".to_string()]];
    AttentionRecord::new(kind, [1, 1, 1, 2], vec![0.25, 0.75], query, key, Origin::default()).expect("it fits")
}

/// A safetensors file with one tensor, `cross` of one weight, and this text under our metadata key.
fn file_with(metadata: Option<&str>) -> Vec<u8> {
    let bytes = 1f32.to_le_bytes();
    let tensor = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1; 4], &bytes).expect("one weight");
    let metadata = metadata.map(|text| [("headlight".to_string(), text.to_string())].into());
    safetensors::serialize([("cross", tensor)], metadata).expect("one tensor")
}
