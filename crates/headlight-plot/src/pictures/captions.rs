//! What pictures of attention say in words.

use headlight_record::{AttentionKind, Origin};

use crate::layout::shrink::{Shared, shared_words};
use crate::options::{FullColour, PlotOptions, Shading};

/// What the axes are called; where queries and keys are tokens of different sequences, of which.
pub(super) fn axis_titles(kind: AttentionKind) -> (&'static str, &'static str) {
    match kind {
        AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => ("query", "key"),
        AttentionKind::Cross => ("query (target)", "key (source)"),
    }
}

/// What the colours of weights stand for.
pub(super) fn bar_title(options: &PlotOptions) -> &'static str {
    match options.full_colour {
        FullColour::One => "attention weight",
        FullColour::PanelMaximum => "part of the panel's largest weight",
    }
}

/// What was done to the weights, to be said on the picture.
pub(super) fn changes(options: &PlotOptions, shared: &[Shared]) -> Vec<String> {
    let shared = shared_words(shared, "weights");
    let threshold = options.threshold.map(|threshold| format!("weights below {threshold} are left blank"));
    let logarithm = (options.shading == Shading::Logarithmic).then(|| "logarithmic colours".to_string());
    let normalized = (options.full_colour == FullColour::PanelMaximum)
        .then(|| "normalized: colours of different panels cannot be compared".to_string());
    [shared, threshold, logarithm, normalized].into_iter().flatten().collect()
}

/// Task, step and model of a record, as far as they are known.
pub(super) fn origin_words(origin: &Origin) -> String {
    let step = origin.step.map(|step| format!("step {step}"));
    let parts = [Some(origin.task.clone()), step, Some(origin.model.clone())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A subtitle with the origin behind it, where that is known.
pub(super) fn with_origin(first: &str, origin: &Origin) -> String {
    match origin_words(origin) {
        origin if origin.is_empty() => first.to_string(),
        origin => format!("{first} · {origin}"),
    }
}
