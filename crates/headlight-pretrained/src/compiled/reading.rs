use std::collections::BTreeMap;

use burn::module::Param;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{ConfigError, MultiHeadAttention, ParametersError, Traceable};

use crate::compiled::description::Description;
use crate::compiled::error::CompiledError;
use crate::compiled::program::Question;
use crate::compiled::{Compiled, Layer};
use crate::tensors::Tensors;

impl Compiled {
    /// The model of a description in JSON and parameters in safetensors, as the recipe beside those of this crate
    /// (`programs/golden_compiled.py`) writes them with Tracr.
    ///
    /// Several variables of the stream may have a direction for each output token. The output is the one that answers the
    /// description's questions as it says.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, the program is of a kind that is not supported, description and parameters do not fit together, or
    /// the model does not give the program's answers.
    pub fn from_bytes(json: &[u8], safetensors: &[u8], device: &Device) -> Result<Self, CompiledError> {
        let description: Description = serde_json::from_slice(json)?;
        let sizes = [
            ("num_layers", description.num_layers),
            ("num_heads", description.num_heads),
            ("key_size", description.key_size),
            ("mlp_hidden_size", description.mlp_hidden_size),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Err(ConfigError::Zero { name }.into());
        }

        let mut tensors = Tensors::from_safetensors(safetensors, device)?;
        let max_length = tensors.rows("pos_embed.embeddings")?;
        let program = description.program(max_length)?;
        let (vocab_size, d_model) = (program.tokens.len(), program.directions.len());
        let mut candidates = unembeddings(&description, &program.outputs, &program.directions, device).into_iter();
        let model = Self {
            tokens: Embedding {
                weight: Param::from_tensor(tensors.get("token_embed.embeddings", [vocab_size, d_model])?),
            },
            positions: Embedding {
                weight: Param::from_tensor(tensors.get("pos_embed.embeddings", [max_length, d_model])?),
            },
            layers: (0..description.num_layers)
                .map(|nth| layer(&mut tensors, &description, nth, d_model))
                .collect::<Result<_, _>>()?,
            unembedding: candidates.next().ok_or(CompiledError::OtherAnswers)?,
            stack: description.stack(),
            program,
        };
        let others = candidates.map(|unembedding| Self { unembedding, ..model.clone() });
        let mut models = std::iter::once(model.clone()).chain(others);
        models.find(Self::is_right).ok_or(CompiledError::OtherAnswers)
    }

    /// Whether it answers every question as the program does.
    fn is_right(&self) -> bool {
        let mut by_length: BTreeMap<usize, Vec<&Question>> = BTreeMap::new();
        for question in &self.program.questions {
            by_length.entry(question.tokens.len()).or_default().push(question);
        }
        by_length.into_iter().all(|(length, questions)| {
            let input = self.input(&questions.iter().map(|question| &question.tokens[..]).collect::<Vec<_>>());
            let logits = self.trace(&input, &[]).logits;
            let answers: Vec<i64> = logits.argmax(2).into_data().iter().collect(); // [questions, length, 1]
            questions.iter().zip(answers.chunks(length)).all(|(question, found)| {
                question.answers.iter().all(|(position, token)| found[*position] == *token as i64)
            })
        })
    }
}

/// For each variable that has a direction for every output token, the projection onto these directions: `[d_model, output_size]`.
fn unembeddings(
    description: &Description,
    outputs: &[String],
    directions: &[String],
    device: &Device,
) -> Vec<Param<Tensor<2>>> {
    let of_variable = |variable: &String| {
        let mut projection = vec![0.0_f32; directions.len() * outputs.len()];
        for (column, output) in outputs.iter().enumerate() {
            let label = format!("{variable}:{output}");
            let row = directions.iter().position(|direction| *direction == label)?;
            projection[row * outputs.len() + column] = 1.0;
        }
        let shape = [directions.len(), outputs.len()];
        Some(Param::from_tensor(Tensor::from_data(TensorData::new(projection, shape), device)))
    };
    description.output_labels_begin_with.iter().filter_map(of_variable).collect()
}

fn layer(
    tensors: &mut Tensors,
    description: &Description,
    nth: usize,
    d_model: usize,
) -> Result<Layer, ParametersError> {
    let width = description.num_heads.saturating_mul(description.key_size);
    let d_ff = description.mlp_hidden_size;
    let mut linear = |name: &str, [input, output]: [usize; 2]| {
        let weight = tensors.get(&format!("layer_{nth}/{name}.w"), [input, output])?;
        let bias = tensors.get(&format!("layer_{nth}/{name}.b"), [output])?;
        Ok::<_, ParametersError>(Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) })
    };
    let attention = [
        linear("attn/query", [d_model, width])?,
        linear("attn/key", [d_model, width])?,
        linear("attn/value", [d_model, width])?,
        linear("attn/linear", [width, d_model])?,
    ];
    Ok(Layer {
        attention: MultiHeadAttention::from_layers(attention, description.num_heads),
        up: linear("mlp/linear_1", [d_model, d_ff])?,
        down: linear("mlp/linear_2", [d_ff, d_model])?,
    })
}
