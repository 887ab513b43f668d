//! The same numbers as PyTorch's `nn.MultiheadAttention`, forward and backward.
//!
//! `goldens/golden_mha.py` made the goldens: PyTorch's weights and inputs in 32 bits, its results in 64 (`….f64`).

mod device;

use burn::module::Param;
use burn::tensor::{Bool, Device, Tensor, TensorData};
use device::device;
use headlight_model::{Mask, MultiHeadAttention, MultiHeadAttentionConfig};
use safetensors::{Dtype, SafeTensors};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens");

const CASES: [&str; 9] = [
    "01_self",
    "02_cross",
    "03_kdim_vdim",
    "04_key_padding",
    "05_bool_mask",
    "06_float_mask",
    "07_causal",
    "08_no_bias",
    "12_batch1",
];

#[test]
fn every_case_on_disk_is_tested() {
    let names = std::fs::read_dir(DIRECTORY).expect("the goldens lie beside this test").map(|entry| {
        let name = entry.expect("the directory can be read").file_name();
        name.into_string().expect("golden names are plain ASCII")
    });
    let mut cases: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".safetensors")?.to_string())).collect();
    cases.sort();
    assert_eq!(cases, CASES);
}

#[test]
fn output_and_weights_are_pytorchs() {
    let device = device();
    for case in CASES {
        let golden = Golden::read(case);
        let [query, key, value] = golden.inputs(&device);
        let mask = golden.mask(&device);

        let (output, weights) = golden.attention(&device).forward_with_attention(query, key, value, mask.as_ref());

        golden.assert_close("out.output", output);
        golden.assert_close("out.weights", weights);
    }
}

#[test]
fn gradients_are_pytorchs() {
    let device = device().autodiff();
    for case in CASES {
        let golden = Golden::read(case);
        let attention = golden.attention(&device);
        let mask = golden.mask(&device);

        // PyTorch was given one tensor in several places where these say so, and then sums the gradients of the places.
        let [query, key, value] = golden.inputs(&device).map(Tensor::require_grad);
        let key = if golden.says("self_attention") { query.clone() } else { key };
        let value = if golden.says("key_equals_value") { key.clone() } else { value };

        let output = attention.forward(query.clone(), key.clone(), value.clone(), mask.as_ref());
        let gradients = (output * golden.tensor("in.grad_output", &device)).sum().backward();
        let of = |input: &Tensor<3>| input.grad(&gradients).expect("inputs require gradients");
        let of_weight = |weight: &Param<Tensor<2>>| weight.val().grad(&gradients).expect("weights require gradients");

        golden.assert_close("grad.query", of(&query));
        if !golden.says("self_attention") {
            golden.assert_close("grad.key", of(&key));
        }
        if !golden.says("key_equals_value") {
            golden.assert_close("grad.value", of(&value));
        }

        // PyTorch's matrices are `[d_output, d_input]`, ours the other way round.
        let [query, key, value, output] = [&attention.query, &attention.key, &attention.value, &attention.output]
            .map(|linear| of_weight(&linear.weight).transpose());
        if golden.holds("grad.param.in_proj_weight.f64") {
            golden.assert_close("grad.param.in_proj_weight", Tensor::cat(vec![query, key, value], 0));
        } else {
            golden.assert_close("grad.param.q_proj_weight", query);
            golden.assert_close("grad.param.k_proj_weight", key);
            golden.assert_close("grad.param.v_proj_weight", value);
        }
        golden.assert_close("grad.param.out_proj.weight", output);

        let biases = [&attention.query, &attention.key, &attention.value, &attention.output]
            .map(|linear| linear.bias.as_ref().map(|bias| bias.val().grad(&gradients).expect("biases do too")));
        match biases {
            [Some(query), Some(key), Some(value), Some(output)] => {
                golden.assert_close("grad.param.in_proj_bias", Tensor::cat(vec![query, key, value], 0));
                golden.assert_close("grad.param.out_proj.bias", output);
            }
            biases => {
                assert!(biases.iter().all(Option::is_none) && !golden.says("bias"), "{case}: a bias too few");
                assert!(!golden.holds("grad.param.in_proj_bias.f64"));
            }
        }
    }
}

/// Shaders may round otherwise than a processor does. CONTRIBUTING.md says how to run these tests on each device.
fn tolerance() -> f64 {
    if std::env::var("BURN_DEVICE").is_ok_and(|device| device.starts_with("wgpu")) { 1e-4 } else { 1e-5 }
}

/// One case: what PyTorch was given and what it gave.
struct Golden {
    case: &'static str,
    description: serde_json::Value,
    bytes: Vec<u8>,
}

impl Golden {
    fn read(case: &'static str) -> Self {
        let read =
            |ending: &str| std::fs::read(format!("{DIRECTORY}/{case}.{ending}")).expect("each case has two files");
        let description = serde_json::from_slice(&read("json")).expect("the description is JSON");
        Self { case, description, bytes: read("safetensors") }
    }

    fn says(&self, flag: &str) -> bool {
        self.description[flag].as_bool().expect("every description has this flag")
    }

    /// A number of the description, or `None` where Python wrote None.
    fn size(&self, name: &str) -> Option<usize> {
        self.description[name].as_u64().map(|size| size as usize)
    }

    /// The module with PyTorch's weights. The seed is one that no golden was made from.
    fn attention(&self, device: &Device) -> MultiHeadAttention {
        let [d_model, n_heads] = ["embed_dim", "num_heads"].map(|name| self.size(name).expect("a size is a number"));
        let config = MultiHeadAttentionConfig {
            kdim: self.size("kdim").unwrap_or(d_model),
            vdim: self.size("vdim").unwrap_or(d_model),
            bias: self.says("bias"),
            seed: 99,
            ..MultiHeadAttentionConfig::new(d_model, n_heads)
        };
        config.init(device).with_pytorch_state(&self.bytes, "param.").expect("PyTorch's weights load")
    }

    fn inputs(&self, device: &Device) -> [Tensor<3>; 3] {
        ["in.query", "in.key", "in.value"].map(|name| self.tensor(name, device))
    }

    fn mask(&self, device: &Device) -> Option<Mask> {
        let padding =
            self.holds("in.key_padding_mask").then(|| Mask::key_padding(self.hidden("in.key_padding_mask", device)));
        let attention = self.holds("in.attn_mask").then(|| match self.stored("in.attn_mask").0 {
            Dtype::BOOL => Mask::boolean(self.hidden("in.attn_mask", device).unsqueeze()),
            _ => Mask::additive(self.tensor::<2>("in.attn_mask", device).unsqueeze()),
        });
        padding.into_iter().chain(attention).reduce(Mask::and)
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (_, shape, numbers) = self.stored(name);
        Tensor::from_data(TensorData::new(numbers, shape).convert::<f32>(), device)
    }

    fn hidden(&self, name: &str, device: &Device) -> Tensor<2, Bool> {
        let (dtype, shape, numbers) = self.stored(name);
        assert_eq!(dtype, Dtype::BOOL);
        let hidden: Vec<bool> = numbers.into_iter().map(|number| number != 0.0).collect();
        Tensor::from_data(TensorData::new(hidden, shape), device)
    }

    fn holds(&self, name: &str) -> bool {
        self.file().names().contains(&name)
    }

    fn stored(&self, name: &str) -> (Dtype, Vec<usize>, Vec<f64>) {
        let file = self.file();
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{}: {name}: {error}", self.case));
        let numbers = match tensor.dtype() {
            Dtype::F32 => {
                tensor.data().as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
            }
            Dtype::F64 => tensor.data().as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
            Dtype::BOOL => tensor.data().iter().map(|byte| f64::from(*byte)).collect(),
            other => panic!("{}: {name} is {other:?}, which no golden should be", self.case),
        };
        (tensor.dtype(), tensor.shape().to_vec(), numbers)
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a golden is a safetensors file")
    }

    /// Compares with the golden in 64 bits. Of gradients above 1, which are sums over a batch and reach 31, the tolerance is a share, and
    /// 1e-4 at most.
    fn assert_close<const D: usize>(&self, name: &str, ours: Tensor<D>) {
        let (dtype, shape, golden) = self.stored(&format!("{name}.f64"));
        assert_eq!((dtype, &shape[..]), (Dtype::F64, &ours.dims()[..]), "{}: {name}", self.case);
        let ours: Vec<f64> = ours.into_data().try_into_vec_as().expect("floats convert");
        let mut largest = 0.0_f64;
        for (at, (ours, golden)) in ours.into_iter().zip(golden).enumerate() {
            let scale = if name.starts_with("grad.") { golden.abs().max(1.0) } else { 1.0 };
            let (error, tolerance) = ((ours - golden).abs(), (tolerance() * scale).min(1e-4));
            largest = largest.max(error / scale);
            // Not `error > tolerance`, which a NaN would pass.
            assert!(error <= tolerance, "{}: {name}[{at}] is {ours}, and PyTorch's {golden}", self.case);
        }
        println!("{}: {name} differs by {largest:e}", self.case);
    }
}
