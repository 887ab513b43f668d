//! How the copy task looks to a model, token by token, worked by hand; and what it refuses.

use burn::tensor::{Device, Int, Tensor};
use headlight_device::DeviceName;
use headlight_model::Architecture;
use headlight_record::{AttentionKind, MaskCell};
use headlight_train::{Batch, Example, Task, TaskError, tasks};

// The marks come after the sixteen symbols.
const BOS: usize = 16;
const SEP: usize = 17;

fn copy(architecture: Architecture, length: usize, symbols: usize) -> Task {
    Task { length, symbols, ..Task::new(&tasks::copy::SPEC, architecture) }
}

/// Copying, so the answer is the question.
fn examples(sources: &[&[usize]]) -> Vec<Example> {
    sources.iter().map(|source| Example { source: source.to_vec(), answer: source.to_vec() }).collect()
}

#[test]
fn the_decoder_reads_both_halves_in_one_sequence() {
    let task = copy(Architecture::Decoder, 3, 16);
    let batch = Batch::new(&task, &examples(&[&[3, 1, 4], &[0, 15, 0]]), &device());
    assert!(batch.source.is_none());
    assert_eq!(rows(&batch.target.ids), [vec![BOS, 3, 1, 4, SEP, 3, 1], vec![BOS, 0, 15, 0, SEP, 0, 15]]);
    assert_eq!(numbers(&batch.answer), [3, 1, 4, 0, 15, 0]);
    assert_eq!(numbers(&batch.predicted_at), [4, 5, 6, 11, 12, 13]); // from SEP on
    assert_eq!((task.max_length(), task.tokens_read(&examples(&[&[3, 1, 4]])[0])), (7, 7));
}

#[test]
fn the_encoder_reads_the_source_and_the_decoder_the_answer_so_far() {
    let task = copy(Architecture::EncoderDecoder, 3, 16);
    let batch = Batch::new(&task, &examples(&[&[3, 1, 4], &[0, 15, 0]]), &device());
    assert_eq!(rows(&batch.source.expect("there is an encoder").ids), [[3, 1, 4], [0, 15, 0]]);
    assert_eq!(rows(&batch.target.ids), [[BOS, 3, 1], [BOS, 0, 15]]);
    assert_eq!(numbers(&batch.answer), [3, 1, 4, 0, 15, 0]);
    assert_eq!(numbers(&batch.predicted_at), [0, 1, 2, 3, 4, 5]); // from BOS on
    assert_eq!((task.max_length(), task.tokens_read(&examples(&[&[3, 1, 4]])[0])), (3, 6));
}

#[test]
fn training_begins_with_the_prompt_that_generation_begins_with() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for source in [vec![3], vec![3, 1], vec![5, 5, 0, 2, 9, 9, 1]] {
            let task = copy(architecture, source.len(), 16);
            let prompt = task.prompt(&source);
            let batch = Batch::new(&task, &examples(&[&source]), &device());
            let [target] = rows(&batch.target.ids).try_into().expect("one example");
            assert!(target.starts_with(&prompt.target), "{architecture:?} {source:?}");
            // The first token of the answer is predicted where the prompt ends, and the last where the target ends.
            let places: Vec<usize> = (prompt.target.len() - 1..target.len()).collect();
            assert_eq!(numbers(&batch.predicted_at), places);
            assert_eq!(prompt.source, batch.source.map(|source| rows(&source.ids).remove(0)));
        }
    }
}

#[test]
fn each_answer_is_aligned_with_the_token_to_copy() {
    let none = Vec::new;
    let [three, one] = &examples(&[&[3, 1, 4], &[5]])[..] else { panic!("two examples") };
    let decoder = copy(Architecture::Decoder, 3, 16);
    // Positions 4, 5, 6 predict what stands at 1, 2, 3.
    let by_hand = vec![none(), none(), none(), none(), vec![1], vec![2], vec![3]];
    assert_eq!(decoder.alignment(AttentionKind::DecoderSelf, three), Some(by_hand));
    assert_eq!(decoder.alignment(AttentionKind::DecoderSelf, one), Some(vec![none(), none(), vec![1]]));
    assert_eq!(decoder.alignment(AttentionKind::EncoderSelf, three), None);
    assert_eq!(decoder.alignment(AttentionKind::Cross, three), None);

    let both = copy(Architecture::EncoderDecoder, 3, 16);
    assert_eq!(both.alignment(AttentionKind::Cross, three), Some(vec![vec![0], vec![1], vec![2]]));
    assert_eq!(both.alignment(AttentionKind::EncoderSelf, three), None);
    assert_eq!(both.alignment(AttentionKind::DecoderSelf, three), None);
}

#[test]
fn only_the_decoder_hides_what_comes_later() {
    let task = copy(Architecture::EncoderDecoder, 3, 16);
    let (visible, hidden) = (MaskCell::Visible, MaskCell::Causal);
    assert_eq!(task.mask(AttentionKind::DecoderSelf, 2, 2), [visible, hidden, visible, visible]);
    assert_eq!(task.mask(AttentionKind::Cross, 2, 3), [visible; 6]);
    assert_eq!(task.mask(AttentionKind::EncoderSelf, 2, 2), [visible; 4]);
}

#[test]
fn a_vocabulary_ends_with_the_marks_that_its_model_reads() {
    let decoder = copy(Architecture::Decoder, 3, 4).vocabulary();
    assert_eq!(decoder.tokens(&[0, 1, 2, 3, 4, 5]), ["0", "1", "2", "3", "BOS", "SEP"]);
    assert_eq!(decoder.size(), 6);
    let both = copy(Architecture::EncoderDecoder, 3, 4).vocabulary();
    assert_eq!((both.size(), both.token(4)), (5, "BOS"));
}

#[test]
fn an_input_is_read_token_by_token() {
    let task = copy(Architecture::Decoder, 3, 12);
    let encode = |text: &str| task.encode(text);
    assert_eq!(encode("3 1 11").expect("known tokens"), [3, 1, 11]);
    assert_eq!(encode(" \t3\n\n1 ").expect("white space of any kind"), [3, 1]);
    for empty in ["", "  ", "\n\t"] {
        assert!(matches!(encode(empty), Err(TaskError::NoTokens { .. })), "{empty:?}");
    }
    // The marks are in the vocabulary, but nobody may say them; nor is a number written otherwise the same token.
    for unknown in ["12", "-1", "BOS", "SEP", "03", "1.0", "x", "１"] {
        let error = encode(&format!("3 {unknown} 99")).expect_err(unknown).to_string();
        assert_eq!(error, format!("unknown token '{unknown}'; this run's tokens are 0 … 11, separated by spaces"));
    }
}

#[test]
fn sizes_out_of_range_are_refused_whatever_they_are() {
    const HUGE: [usize; 4] = [usize::MAX, usize::MAX / 2, u32::MAX as usize, 1 << 32];
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for (length, symbols) in [(0, 16), (513, 16), (10, 0), (10, 1), (10, 4097), (0, 0)] {
            assert!(copy(architecture, length, symbols).check().is_err(), "{length} of {symbols}");
        }
        for size in HUGE {
            assert!(copy(architecture, size, 16).check().is_err(), "length {size}");
            assert!(copy(architecture, 10, size).check().is_err(), "{size} symbols");
            assert!(copy(architecture, size, size).check().is_err(), "{size} of {size}");
        }
        copy(architecture, 512, 4096).check().expect("the largest there is");
    }
}

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

fn rows(tensor: &Tensor<2, Int>) -> Vec<Vec<usize>> {
    let [_, length] = tensor.dims();
    let ids: Vec<usize> = tensor.to_data().iter::<i64>().map(|id| id as usize).collect();
    ids.chunks(length).map(<[_]>::to_vec).collect()
}

fn numbers(tensor: &Tensor<1, Int>) -> Vec<usize> {
    tensor.to_data().iter::<i64>().map(|id| id as usize).collect()
}
