//! What a model attends to and what it predicts, taken out of tensors.

use burn::tensor::{Bool, Tensor, TensorData};
use headlight_model::{AttentionKind, AttentionTrace, StackAttention, record_attention, record_trace};
use headlight_record::{AttentionRecord, MaskCell, Origin, RecordError};

use crate::families::Opened;
use crate::family::Attended;
use crate::generate::Generation;
use crate::model::Model;
use crate::prompt::{Prompt, PromptError, Sequence, sequences, speech};
use crate::sentence::sentence_embedding;

/// What a model made of a prompt: the attention of the layers that were asked for, and its logits.
#[derive(Debug)]
pub struct Answer {
    attended: Attended,
    /// What fills the encoder's sequence up, and the decoder's; `None` where nothing does.
    padding: [Option<Vec<bool>>; 2],
    /// To which of two texts each token of the encoder belongs, where there are two.
    segments: Option<Vec<usize>>,
}

/// Whether the numbers behind the weights are recorded, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Attention weights alone.
    Weights,
    /// And Q, K and V.
    Projections,
}

/// What stands at the positions of the encoder and of the decoder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Where the model has an encoder.
    pub encoder: Vec<String>,
    /// Where it has a decoder.
    pub decoder: Vec<String>,
}

impl Opened {
    /// What the model attends to in these layers, and its logits. Of other layers nothing is kept, nor are their weights held.
    ///
    /// # Errors
    ///
    /// When the model cannot be asked this, or has no such layer.
    pub fn attend(&self, prompt: &Prompt, layers: &[usize]) -> Result<Answer, PromptError> {
        self.check(prompt)?;
        let device = &self.device;
        let there = self.n_layers();
        if let Some(&layer) = layers.iter().find(|layer| **layer >= there) {
            return Err(PromptError::Layer { layer, layers: there });
        }
        let takes = self.takes();
        let attended = match (&self.model, prompt) {
            (Model::Text(model), Prompt::Text { source, target }) => {
                model.attend(&sequences(source.as_ref(), target, device), layers)
            }
            (Model::Speech(model), Prompt::Speech { features, target }) => {
                model.attend(&speech(features, target, device), layers)
            }
            (Model::Image(model), Prompt::Image(pixels)) => model.attend(&pixels.batch(device), layers),
            _ => return Err(PromptError::Kind { takes }),
        };
        let segments = prompt.segments().filter(|segments| segments.contains(&1));
        Ok(Answer { padding: prompt.padding(attended.decoder.is_some()), segments, attended })
    }

    /// What follows the target of a prompt, greedily: at each step the likeliest token, until one of those that end a sequence, `most` new
    /// ones, or the last position.
    ///
    /// # Errors
    ///
    /// When the model cannot be asked this.
    pub fn continued(&self, prompt: &Prompt, generation: &Generation, most: usize) -> Result<Vec<usize>, PromptError> {
        self.check(prompt)?;
        let (begun, device) = (prompt.target().len(), &self.device);
        let most = self.facts.max_length.map_or(most, |positions| most.min(positions - begun));
        let mut text = match (&self.model, prompt) {
            (Model::Text(model), Prompt::Text { source, target }) => {
                generation.text(&**model, &sequences(source.as_ref(), target, device), most)
            }
            (Model::Speech(model), Prompt::Speech { features, target }) => {
                generation.speech(&**model, &speech(features, target, device), most)
            }
            _ => return Err(PromptError::Kind { takes: self.takes() }),
        };
        Ok(text.split_off(begun))
    }
}

impl Prompt {
    /// What the decoder reads, or the one stack.
    pub fn target(&self) -> &[usize] {
        match self {
            Self::Text { target, .. } | Self::Speech { target, .. } => &target.ids,
            Self::Image(_) => &[],
        }
    }

    /// The last position of the target that is not padding; 0 where there is none.
    pub fn last_position(&self) -> usize {
        match self {
            Self::Text { target, .. } | Self::Speech { target, .. } => {
                let is_padding = |at: usize| target.padding.as_ref().is_some_and(|padding| padding[at]);
                (0..target.ids.len()).rfind(|at| !is_padding(*at)).unwrap_or(0)
            }
            Self::Image(_) => 0,
        }
    }

    /// More tokens for what reads the target.
    pub fn extend(&mut self, ids: &[usize]) {
        ids.iter().for_each(|id| self.push(*id));
    }

    fn push(&mut self, id: usize) {
        if let Self::Text { target, .. } | Self::Speech { target, .. } = self {
            target.ids.push(id);
            target.segments.iter_mut().for_each(|segments| segments.extend(segments.last().copied()));
            target.padding.iter_mut().for_each(|padding| padding.push(false));
        }
    }

    fn segments(&self) -> Option<Vec<usize>> {
        match self {
            Self::Text { source, target } => source.as_ref().unwrap_or(target).segments.clone(),
            Self::Speech { .. } | Self::Image(_) => None,
        }
    }

    fn padding(&self, has_decoder: bool) -> [Option<Vec<bool>>; 2] {
        let of = |sequence: &Sequence| sequence.padding.clone();
        match self {
            Self::Text { source: Some(source), target } => [of(source), of(target)],
            Self::Text { source: None, target } if has_decoder => [None, of(target)],
            Self::Text { source: None, target } => [of(target), None],
            Self::Speech { target, .. } => [None, of(target)],
            Self::Image(_) => [None, None],
        }
    }
}

impl Answer {
    /// How many positions the encoder has, and the decoder; 0 where there is none.
    pub fn positions(&self) -> [usize; 2] {
        [&self.attended.encoder, &self.attended.decoder]
            .map(|stack| stack.as_ref().map_or(0, |stack| stack.output.dims()[1]))
    }

    /// How many numbers all Q, K and V have.
    pub fn projected(&self) -> usize {
        let numbers = |attention: &AttentionTrace| -> usize {
            [&attention.query, &attention.key, &attention.value]
                .map(|part| part.dims().iter().product::<usize>())
                .iter()
                .sum()
        };
        AttentionKind::ALL.into_iter().flat_map(|kind| self.of(kind)).map(|(_, attention)| numbers(attention)).sum()
    }

    /// A record of each kind of attention that the model has in the layers that were asked for.
    ///
    /// # Errors
    ///
    /// When a label is missing, or the model gave numbers that are no attention.
    pub fn records(&self, labels: &Labels, origin: &Origin, keep: Keep) -> Result<Vec<AttentionRecord>, RecordError> {
        let kinds = AttentionKind::ALL.into_iter().filter(|kind| !self.of(*kind).is_empty());
        kinds.map(|kind| self.record(kind, labels, origin, keep)).collect()
    }

    fn record(
        &self,
        kind: AttentionKind,
        labels: &Labels,
        origin: &Origin,
        keep: Keep,
    ) -> Result<AttentionRecord, RecordError> {
        let (numbers, layers): (Vec<usize>, Vec<&AttentionTrace>) = self.of(kind).into_iter().unzip();
        let Labels { encoder, decoder } = labels.clone();
        let (queries, keys) = match kind {
            AttentionKind::EncoderSelf => (encoder.clone(), encoder),
            AttentionKind::DecoderSelf => (decoder.clone(), decoder),
            AttentionKind::Cross => (decoder, encoder),
        };
        let record = match keep {
            Keep::Projections => record_trace(kind, &layers, 0, queries, keys, origin.clone())?,
            Keep::Weights => {
                let weights: Vec<_> = layers.iter().map(|layer| layer.weights.clone()).collect();
                record_attention(kind, &weights, 0, queries, keys, origin.clone())?
            }
        };
        let record = record.with_layer_numbers(numbers)?;
        let record = match self.mask(kind, record.shape()) {
            Some(mask) => record.with_mask(mask)?,
            None => record,
        };
        match &self.segments {
            Some(segments) if kind == AttentionKind::EncoderSelf => record.with_segments(segments.clone()),
            _ => Ok(record),
        }
    }

    /// The attention of one kind, with the numbers of its layers.
    fn of(&self, kind: AttentionKind) -> Vec<(usize, &AttentionTrace)> {
        let stack = match kind {
            AttentionKind::EncoderSelf => &self.attended.encoder,
            AttentionKind::DecoderSelf | AttentionKind::Cross => &self.attended.decoder,
        };
        let layers = stack.as_ref().map_or(&[][..], |StackAttention { layers, .. }| layers);
        layers
            .iter()
            .filter_map(|(layer, own, cross)| match kind {
                AttentionKind::Cross => Some((*layer, cross.as_ref()?)),
                AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => Some((*layer, own)),
            })
            .collect()
    }

    /// What was masked, where anything was: later tokens in a decoder, and padding.
    fn mask(&self, kind: AttentionKind, [.., queries, keys]: [usize; 4]) -> Option<Vec<MaskCell>> {
        let [encoder, decoder] = &self.padding;
        let is_causal = kind == AttentionKind::DecoderSelf;
        let padding = if is_causal { decoder } else { encoder };
        if !is_causal && padding.is_none() {
            return None;
        }
        let cell = |query: usize, key: usize| match padding {
            _ if is_causal && key > query => MaskCell::Causal,
            Some(padding) if padding[key] => MaskCell::Padding,
            _ => MaskCell::Visible,
        };
        Some(
            (0..queries)
                .flat_map(|query| (0..keys).map(move |key| (query, key)))
                .map(|(query, key)| cell(query, key))
                .collect(),
        )
    }

    /// One vector for the text: see [`sentence_embedding`].
    pub fn embedding(&self) -> Vec<f32> {
        let output = self.attended.logits.clone();
        let [padding, _] = &self.padding;
        let padding = padding.as_ref().map(|padding| {
            let padding = TensorData::new(padding.clone(), [1, padding.len()]);
            Tensor::<2, Bool>::from_data(padding, &output.device())
        });
        let one = sentence_embedding(output, padding).into_data().convert::<f32>();
        one.try_into_vec().expect("converted to f32 just now")
    }

    /// The likeliest tokens or labels at a position, with their probabilities, in falling order; at most `count`.
    ///
    /// # Panics
    ///
    /// When there is no such position.
    pub fn likeliest(&self, position: usize, count: usize) -> Vec<(usize, f64)> {
        let logits = row(&self.attended.logits, position);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - largest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        let mut shares: Vec<(usize, f64)> = powers.into_iter().map(|power| power / sum).enumerate().collect();
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        shares.truncate(count);
        shares
    }
}

/// The logits at one position of the first example.
fn row(logits: &Tensor<3>, position: usize) -> Vec<f32> {
    let one = logits.clone().narrow(0, 0, 1).narrow(1, position, 1).into_data().convert::<f32>();
    one.try_into_vec().expect("converted to f32 just now")
}
