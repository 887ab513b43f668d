use burn::tensor::Device;
use headlight_model::{Intervention, Transformer, record_trace};
use headlight_record::{AttentionKind, AttentionRecord, Origin};

use crate::{Batch, Example, Task, TrainError};

/// What a model attends to on one example, teacher-forced, and what the weights came from: a record for each kind of attention
/// that it has.
///
/// # Errors
///
/// When the weights are no attention, or what they came from is not finite.
///
/// # Panics
///
/// When the model does not fit the task, or the example is empty or longer than learned positions reach.
pub fn records(
    model: &Transformer,
    task: &Task,
    example: &Example,
    step: Option<usize>,
    device: &Device,
) -> Result<Vec<AttentionRecord>, TrainError> {
    records_with(&[], model, task, example, step, device)
}

/// [`records`] of a pass with some of it changed.
///
/// # Errors
///
/// As [`records`].
///
/// # Panics
///
/// As [`records`], or when an intervention does not fit the model.
pub fn records_with(
    interventions: &[Intervention],
    model: &Transformer,
    task: &Task,
    example: &Example,
    step: Option<usize>,
    device: &Device,
) -> Result<Vec<AttentionRecord>, TrainError> {
    let batch = Batch::new(task, std::slice::from_ref(example), device);
    let output = model.trace(batch.source.as_ref(), &batch.target, interventions);
    let vocabulary = task.vocabulary();
    let source_tokens = vocabulary.tokens(&task.prompt(&example.source).source.unwrap_or_default());
    let target_tokens = vocabulary.tokens(&task.target(example));
    let origin = Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step };

    let kinds = AttentionKind::ALL.into_iter().filter(|kind| !output.attention(*kind).is_empty());
    kinds
        .map(|kind| {
            let (query_tokens, key_tokens) = match kind {
                AttentionKind::EncoderSelf => (&source_tokens, &source_tokens),
                AttentionKind::DecoderSelf => (&target_tokens, &target_tokens),
                AttentionKind::Cross => (&target_tokens, &source_tokens),
            };
            let mask = task.mask(kind, query_tokens.len(), key_tokens.len());
            let layers = &output.attention(kind);
            let record = record_trace(kind, layers, 0, query_tokens.clone(), key_tokens.clone(), origin.clone())?
                .with_mask(mask)?;
            Ok(match task.alignment(kind, example) {
                Some(alignment) => record.with_alignment(alignment)?,
                None => record,
            })
        })
        .collect()
}
