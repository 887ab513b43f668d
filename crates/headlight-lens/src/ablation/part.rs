use headlight_model::{AttentionKind, Head, Site, Stack, Traceable};
use headlight_record::findings::FeedForward;

use crate::names::{head_name, heads, kinds, of_stack};

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
    /// The kinds of attention, by which parts are named where there are several.
    pub(super) kinds: Vec<AttentionKind>,
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
        Self { all: heads.chain(feed_forward).collect(), kinds: kinds(model) }
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
        let name = |part: &Part| match *part {
            Part::Head(head) => head_name(head, &self.kinds),
            Part::FeedForward(stack, layer) => of_stack(stack, &format!("FF{layer}"), &self.kinds),
        };
        parts.iter().map(name).collect::<Vec<_>>().join("+")
    }

    /// Heads of the model, in its order.
    pub(super) fn chosen(&self, heads: &[Head]) -> Vec<Part> {
        self.all.iter().copied().filter(|part| part.head().is_some_and(|head| heads.contains(&head))).collect()
    }
}
