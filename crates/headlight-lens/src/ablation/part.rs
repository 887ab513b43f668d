use headlight_model::{AttentionKind, Head, Site, Stack, Traceable};
use headlight_record::findings::FeedForward;

use crate::LensError;

/// A part of a model whose output can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Head(Head),
    FeedForward(Stack, usize),
}

/// All parts of a model, the earlier layers first.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) all: Vec<Part>,
    /// Whether a head's name needs its kind of attention.
    has_several_kinds: bool,
}

impl Part {
    pub(super) fn site(self) -> Site {
        match self {
            Self::Head(head) => Site::Context(head),
            Self::FeedForward(stack, layer) => Site::FeedForward(stack, layer),
        }
    }

    pub(super) fn head(self) -> Option<Head> {
        match self {
            Self::Head(head) => Some(head),
            Self::FeedForward(..) => None,
        }
    }

    pub(super) fn feed_forward(self) -> Option<FeedForward> {
        match self {
            Self::Head(_) => None,
            Self::FeedForward(stack, layer) => Some(FeedForward { stack: stack.self_attention(), layer }),
        }
    }
}

impl Parts {
    pub(super) fn of<M: Traceable + ?Sized>(model: &M) -> Self {
        let heads = heads(model).into_iter().map(Part::Head);
        let feed_forward = [Stack::Encoder, Stack::Decoder].into_iter().flat_map(|stack| {
            (0..model.n_layers(stack.self_attention())).map(move |layer| Part::FeedForward(stack, layer))
        });
        Self { all: heads.chain(feed_forward).collect(), has_several_kinds: kinds(model).len() > 1 }
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = Head> {
        self.all.iter().filter_map(|part| part.head())
    }

    /// Where a part stands in [`all`](Self::all).
    ///
    /// # Panics
    ///
    /// When the model has no such part.
    pub(super) fn index(&self, part: Part) -> usize {
        self.all.iter().position(|known| *known == part).expect("a part of this model")
    }

    /// `L0H2+FF0`; with the kind of attention or the stack where the model has several.
    pub(super) fn name(&self, parts: &[Part]) -> String {
        parts.iter().map(|part| self.name_of_one(*part)).collect::<Vec<_>>().join("+")
    }

    fn name_of_one(&self, part: Part) -> String {
        match (part, self.has_several_kinds) {
            (Part::Head(head), true) => head.to_string(),
            (Part::Head(head), false) => head.short(),
            (Part::FeedForward(Stack::Encoder, layer), true) => format!("encoder:FF{layer}"),
            (Part::FeedForward(Stack::Decoder, layer), true) => format!("decoder:FF{layer}"),
            (Part::FeedForward(_, layer), false) => format!("FF{layer}"),
        }
    }

    /// Heads that were chosen by name, in the model's order.
    ///
    /// # Errors
    ///
    /// When the model has no such head.
    pub(super) fn chosen(&self, heads: &[Head]) -> Result<Vec<Part>, LensError> {
        if let Some(unknown) = heads.iter().find(|head| !self.heads().any(|known| known == **head)) {
            let name = |head| self.name(&[Part::Head(head)]);
            let known = self.heads().map(name).collect::<Vec<_>>().join(", ");
            return Err(LensError::UnknownHead { head: name(*unknown), known });
        }
        Ok(self.all.iter().copied().filter(|part| part.head().is_some_and(|head| heads.contains(&head))).collect())
    }
}

/// What a head is called: `L0H2`, with its kind of attention where the model has several.
pub(crate) fn head_name<M: Traceable + ?Sized>(model: &M, head: Head) -> String {
    if kinds(model).len() > 1 { head.to_string() } else { head.short() }
}

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
