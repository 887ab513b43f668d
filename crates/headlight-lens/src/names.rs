//! Which heads a model has, and what its heads and feed-forward layers are called: with their kind of attention, or their stack, only
//! where the model has several.

use headlight_model::{AttentionKind, Head, Stack, Traceable};
use headlight_record::HeadName;

use crate::LensError;

/// The kinds of attention that a model has.
pub(crate) fn kinds<M: Traceable + ?Sized>(model: &M) -> Vec<AttentionKind> {
    AttentionKind::ALL.into_iter().filter(|kind| model.n_layers(*kind) > 0).collect()
}

/// All heads of a model: kind by kind, layer by layer.
pub(crate) fn heads<M: Traceable + ?Sized>(model: &M) -> Vec<Head> {
    let of_kind = |kind| {
        let n_heads = model.n_heads(kind);
        (0..model.n_layers(kind)).flat_map(move |layer| (0..n_heads).map(move |head| Head { kind, layer, head }))
    };
    kinds(model).into_iter().flat_map(of_kind).collect()
}

/// The head of a model that is meant by a name. Without a kind of attention, there must be one such head only.
///
/// # Errors
///
/// When there is no such head, or several.
pub fn find_head<M: Traceable + ?Sized>(model: &M, name: HeadName) -> Result<Head, LensError> {
    let all = heads(model);
    let is_meant = |head: &Head| {
        (head.layer, head.head) == (name.layer, name.head) && name.kind.is_none_or(|kind| kind == head.kind)
    };
    let meant: Vec<Head> = all.iter().copied().filter(is_meant).collect();
    match meant[..] {
        [head] => Ok(head),
        [] => Err(LensError::UnknownHead { name, known: ranges(&all, &kinds(model)) }),
        _ => Err(LensError::SeveralHeads { name, heads: meant }),
    }
}

/// The first and the last head of each kind.
fn ranges(heads: &[Head], kinds: &[AttentionKind]) -> String {
    let of_kind = |kind: &AttentionKind| {
        let mut of_kind = heads.iter().filter(|head| head.kind == *kind);
        let first = head_name(*of_kind.next()?, kinds);
        Some(of_kind.next_back().map_or(first.clone(), |last| format!("{first} … {}", last.short())))
    };
    kinds.iter().filter_map(of_kind).collect::<Vec<_>>().join(", ")
}

/// What a head is called in a model of these kinds: `L0H2`, or `cross:L0H2`.
pub(crate) fn head_name(head: Head, kinds: &[AttentionKind]) -> String {
    of_kind(head.kind, &head.short(), kinds)
}

/// The same where space is short, as beside a picture: `L0H2`, or `dec L0H2`.
pub(crate) fn head_label(head: Head, kinds: &[AttentionKind]) -> String {
    label_of_kind(head.kind, &head.short(), kinds)
}

/// What something of an attention is called: `L0H2`, or `cross:L0H2`.
pub(crate) fn of_kind(kind: AttentionKind, name: &str, kinds: &[AttentionKind]) -> String {
    if kinds.len() > 1 { format!("{kind}:{name}") } else { name.to_string() }
}

/// What something of a stack is called: `FF0`, or `encoder:FF0`.
pub(crate) fn of_stack(stack: Stack, name: &str, kinds: &[AttentionKind]) -> String {
    match stack {
        _ if kinds.len() < 2 => name.to_string(),
        Stack::Encoder => format!("encoder:{name}"),
        Stack::Decoder => format!("decoder:{name}"),
    }
}

/// As [`of_kind`], where space is short.
pub(crate) fn label_of_kind(kind: AttentionKind, name: &str, kinds: &[AttentionKind]) -> String {
    match kind {
        _ if kinds.len() < 2 => name.to_string(),
        AttentionKind::EncoderSelf => format!("enc {name}"),
        AttentionKind::DecoderSelf => format!("dec {name}"),
        AttentionKind::Cross => format!("cross {name}"),
    }
}

/// As [`of_stack`], where space is short.
pub(crate) fn label_of_stack(stack: Stack, name: &str, kinds: &[AttentionKind]) -> String {
    label_of_kind(stack.self_attention(), name, kinds)
}
