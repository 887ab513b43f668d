//! What a model attends to and what it predicts, taken out of tensors.

use burn::tensor::{Bool, Tensor, TensorData};
use headlight_model::{AttentionKind, Keep, KeptAttention, record_kept};
use headlight_record::{AttentionRecord, MaskCell, Origin, RecordError};

use crate::families::Opened;
use crate::family::Attended;
use crate::generate::{Generated, Generation, Longest};
use crate::labelled::Scores;
use crate::model::Model;
use crate::prompt::{Prompt, PromptError, Sequence, sequences, speech};
use crate::sentence::sentence_embedding;

/// What a model made of a prompt: the attention of the layers that were asked for, and the logits of the positions that were.
#[derive(Debug)]
pub struct Answer {
    attended: Attended,
    /// The positions that the logits are of.
    asked: Vec<usize>,
    /// What fills the encoder's sequence up, and the decoder's; `None` where nothing does.
    padding: [Option<Vec<bool>>; 2],
    /// To which of two texts each token of the encoder belongs, where there are two.
    segments: Option<Vec<usize>>,
    /// How many tokens a query of the decoder sees, itself counted, where it does not see all earlier ones.
    window: Option<usize>,
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
    /// What the model attends to in these layers, and its logits at these positions of what it predicts from. Of other layers nothing is
    /// kept, nor are their weights held, and no other logits are computed.
    ///
    /// # Errors
    ///
    /// When the model cannot be asked this, or has no such layer.
    ///
    /// # Panics
    ///
    /// When there is no such position, or none is given.
    pub fn attend(
        &self,
        prompt: &Prompt,
        layers: &[usize],
        keep: Keep,
        positions: &[usize],
    ) -> Result<Answer, PromptError> {
        self.check(prompt)?;
        let device = &self.device;
        let there = self.n_layers();
        if let Some(&layer) = layers.iter().find(|layer| **layer >= there) {
            return Err(PromptError::Layer { layer, layers: there });
        }
        let takes = self.takes();
        let attended = match (&self.model, prompt) {
            (Model::Text(model), Prompt::Text { source, target }) => {
                model.attend(&sequences(source.as_ref(), target, device), layers, keep, positions)
            }
            (Model::Speech(model), Prompt::Speech { features, target }) => {
                model.attend(&speech(features, target, device), layers, keep, positions)
            }
            (Model::Image(model), Prompt::Image(pixels)) => {
                model.attend(&pixels.batch(device), layers, keep, positions)
            }
            _ => return Err(PromptError::Kind { takes }),
        };
        let segments = prompt.segments().filter(|segments| segments.contains(&1));
        let (padding, asked) = (prompt.padding(attended.decoder.is_some()), positions.to_vec());
        Ok(Answer { asked, padding, segments, window: self.facts.window, attended })
    }

    /// What follows the target of a prompt, greedily: at each step the likeliest token, until one of those that end a sequence, `most` new
    /// ones, or as many as the model allows.
    ///
    /// # Errors
    ///
    /// When the model cannot be asked this, or has no decoder.
    pub fn continued(&self, prompt: &Prompt, generation: &Generation, most: usize) -> Result<Generated, PromptError> {
        self.check(prompt)?;
        if self.n_layers_of(AttentionKind::DecoderSelf) == 0 {
            return Err(PromptError::NoDecoder);
        }
        let device = &self.device;
        let longest = Longest { new_tokens: most, positions: self.facts.max_length };
        let Generated { mut ids, ending } = match (&self.model, prompt) {
            (Model::Text(model), Prompt::Text { source, target }) => {
                generation.text(&**model, &sequences(source.as_ref(), target, device), longest)
            }
            (Model::Speech(model), Prompt::Speech { features, target }) => {
                generation.speech(&**model, &speech(features, target, device), longest)
            }
            _ => return Err(PromptError::Kind { takes: self.takes() }),
        };
        Ok(Generated { ids: ids.split_off(prompt.target().len()), ending })
    }

    /// How many numbers the Q, K and V of these layers have.
    pub fn projected(&self, prompt: &Prompt, layers: &[usize]) -> usize {
        let [encoder, decoder] = self.positions(prompt);
        let of = |kind: AttentionKind| {
            let (queries, keys) = match kind {
                AttentionKind::EncoderSelf => (encoder, encoder),
                AttentionKind::DecoderSelf => (decoder, decoder),
                AttentionKind::Cross => (decoder, encoder),
            };
            let layers = layers.iter().filter(|layer| **layer < self.n_layers_of(kind)).count();
            layers * (queries + 2 * keys) * self.heads_width(kind)
        };
        AttentionKind::ALL.into_iter().map(of).sum()
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
    /// A record of each kind of attention that the model has in the layers that were asked for. The tensors are let go on the way, so that
    /// large ones are not held twice.
    ///
    /// # Errors
    ///
    /// When a label is missing, or the model gave numbers that are no attention.
    pub fn records(mut self, labels: &Labels, origin: &Origin) -> Result<Vec<AttentionRecord>, RecordError> {
        let [encoder, decoder] = [self.attended.encoder.take(), self.attended.decoder.take()]
            .map(|stack| stack.map_or_else(Vec::new, |stack| stack.layers));
        let encoder = encoder.into_iter().map(|(layer, own, _)| (layer, own)).collect();
        let decoder = decoder.into_iter().map(|(layer, own, cross)| ((layer, own), cross.map(|cross| (layer, cross))));
        let (decoder, cross): (Vec<_>, Vec<_>) = decoder.unzip();
        let kinds = [
            (AttentionKind::EncoderSelf, encoder),
            (AttentionKind::DecoderSelf, decoder),
            (AttentionKind::Cross, cross.into_iter().flatten().collect::<Vec<_>>()),
        ];
        let kinds = kinds.into_iter().filter(|(_, layers)| !layers.is_empty());
        kinds.map(|(kind, layers)| self.record(kind, layers, labels, origin)).collect()
    }

    fn record(
        &self,
        kind: AttentionKind,
        layers: Vec<(usize, KeptAttention)>,
        labels: &Labels,
        origin: &Origin,
    ) -> Result<AttentionRecord, RecordError> {
        let (numbers, layers): (Vec<usize>, Vec<KeptAttention>) = layers.into_iter().unzip();
        let Labels { encoder, decoder } = labels.clone();
        let (queries, keys) = match kind {
            AttentionKind::EncoderSelf => (encoder.clone(), encoder),
            AttentionKind::DecoderSelf => (decoder.clone(), decoder),
            AttentionKind::Cross => (decoder, encoder),
        };
        let record = record_kept(kind, layers, 0, queries, keys, origin.clone())?.with_layer_numbers(numbers)?;
        let record = match self.mask(kind, record.shape()) {
            Some(mask) => record.with_mask(mask)?,
            None => record,
        };
        match &self.segments {
            Some(segments) if kind == AttentionKind::EncoderSelf => record.with_segments(segments.clone()),
            _ => Ok(record),
        }
    }

    /// What was masked, where anything was: in a decoder later tokens and those outside a window, and padding.
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
            _ if is_causal && self.window.is_some_and(|window| query - key >= window) => MaskCell::Window,
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
        let output = self.attended.output().clone();
        let [padding, _] = &self.padding;
        let padding = padding.as_ref().map(|padding| {
            let padding = TensorData::new(padding.clone(), [1, padding.len()]);
            Tensor::<2, Bool>::from_data(padding, &output.device())
        });
        let one = sentence_embedding(output, padding).into_data().convert::<f32>();
        one.try_into_vec().expect("converted to f32 just now")
    }

    /// The score of each label, with its number, in falling order; at most `count`.
    pub fn labelled(&self, scores: Scores, count: usize) -> Vec<(usize, f64)> {
        self.ranked(0, scores, count)
    }

    /// The likeliest tokens at a position, with their probabilities, in falling order; at most `count`.
    ///
    /// # Panics
    ///
    /// When the position was not asked for.
    pub fn likeliest(&self, position: usize, count: usize) -> Vec<(usize, f64)> {
        let nth = self.asked.iter().position(|asked| *asked == position).expect("the logits there were asked for");
        self.ranked(nth, Scores::Softmax, count)
    }

    /// The scores at one of the positions that were asked for. A larger logit never has a smaller score.
    fn ranked(&self, nth: usize, scores: Scores, count: usize) -> Vec<(usize, f64)> {
        let logits = row(&self.attended.logits, nth);
        let all = scores.of_logits(&logits);
        first(logits, count).into_iter().map(|number| (number, all[number])).collect()
    }
}

/// Where the largest of these logits stand, in falling order; at most `count`. Of equals, the first comes first.
fn first(logits: Vec<f32>, count: usize) -> Vec<usize> {
    let order = |one: &usize, other: &usize| logits[*other].total_cmp(&logits[*one]).then(one.cmp(other));
    let mut numbers: Vec<usize> = (0..logits.len()).collect();
    // A vocabulary is large, and few of it are shown: only those are put in order.
    if count < numbers.len() {
        numbers.select_nth_unstable_by(count, order);
        numbers.truncate(count);
    }
    numbers.sort_unstable_by(order);
    numbers
}

/// The logits of the first example at one of the positions that were asked for.
fn row(logits: &Tensor<3>, nth: usize) -> Vec<f32> {
    let one = logits.clone().narrow(0, 0, 1).narrow(1, nth, 1).into_data().convert::<f32>();
    one.try_into_vec().expect("converted to f32 just now")
}
