//! What `goldens/golden_transformer_lens.py` wrote: a model, and TransformerLens' numbers for it.

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{Activation, Positions, Tokens, Transformer, TransformerConfig, parameters_from_safetensors};
use safetensors::SafeTensors;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens");

/// The closeness that is asked of equal results.
const TOLERANCE: f32 = 1e-4;

pub struct Golden {
    name: &'static str,
    description: serde_json::Value,
    bytes: Vec<u8>,
}

/// Both models.
pub fn goldens() -> [Golden; 2] {
    ["attention_only", "gpt2_like"].map(Golden::read)
}

impl Golden {
    fn read(name: &'static str) -> Self {
        let read =
            |ending: &str| std::fs::read(format!("{DIRECTORY}/{name}.{ending}")).expect("each model has two files");
        let description = serde_json::from_slice(&read("json")).expect("the description is JSON");
        Self { name, description, bytes: read("safetensors") }
    }

    /// Headlight's model with the parameters that TransformerLens had. The seed is one that no golden was made from.
    pub fn model(&self, device: &Device) -> Transformer {
        let config = TransformerConfig {
            max_length: self.size("max_length"),
            d_model: self.size("d_model"),
            n_heads: self.size("n_heads"),
            n_layers: self.size("n_layers"),
            d_ff: self.size("d_ff"),
            positions: Positions::Learned,
            activation: Activation::Gelu,
            seed: 99,
            ..TransformerConfig::decoder(self.size("vocab_size"))
        };
        let file = self.file();
        let parameters = file.tensors().into_iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix("param.")?.to_string();
            Some((name, tensor))
        });
        let bytes = safetensors::serialize(parameters, None).expect("they were in a file before");
        parameters_from_safetensors(config.init(device), &bytes).expect("the recipe names Headlight's parameters")
    }

    /// A number of the description.
    pub fn size(&self, name: &str) -> usize {
        self.description[name].as_u64().unwrap_or_else(|| panic!("{}: {name} is no size", self.name)) as usize
    }

    /// A list of the description.
    pub fn words(&self, name: &str) -> Vec<String> {
        serde_json::from_value(self.description[name].clone()).expect("a list of words")
    }

    /// Sequences of the description, as a batch.
    pub fn tokens(&self, name: &str, device: &Device) -> Tokens {
        let rows: Vec<Vec<i64>> =
            serde_json::from_value(self.description[name].clone()).expect("sequences of whole numbers");
        let shape = [rows.len(), rows[0].len()];
        Tensor::<2, Int>::from_data(TensorData::new(rows.concat(), shape), device).into()
    }

    /// One of them, as a batch of one.
    pub fn sequence(&self, name: &str, row: usize, device: &Device) -> Tokens {
        self.tokens(name, device).ids.narrow(0, row, 1).into()
    }

    /// Whether there is a tensor of this name.
    pub fn holds(&self, name: &str) -> bool {
        self.file().names().contains(&name)
    }

    /// A tensor's shape and numbers.
    pub fn stored(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let file = self.file();
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{}: {name}: {error}", self.name));
        let numbers = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        (tensor.shape().to_vec(), numbers)
    }

    /// Compares a tensor with the golden of this name.
    pub fn assert_close<const D: usize>(&self, name: &str, ours: Tensor<D>) {
        assert_eq!(ours.dims()[..], self.stored(name).0, "{}: the shape of {name}", self.name);
        let ours: Vec<f32> = ours.into_data().try_into_vec().expect("f32");
        self.assert_numbers(name, &ours);
    }

    /// Compares numbers with those of the golden of this name, in its order.
    pub fn assert_numbers(&self, name: &str, ours: &[f32]) {
        let (shape, golden) = self.stored(name);
        assert_eq!(ours.len(), golden.len(), "{}: {name} is {shape:?}", self.name);
        for (at, (ours, golden)) in ours.iter().zip(golden).enumerate() {
            // Not `error > TOLERANCE`, which a NaN would pass.
            let close = (ours - golden).abs() <= TOLERANCE;
            assert!(close, "{}: {name}[{at}] is {ours}, and TransformerLens' {golden}", self.name);
        }
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a golden is a safetensors file")
    }
}
