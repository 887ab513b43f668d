use std::time::{Duration, Instant};

use burn::tensor::{Device, Distribution, Tensor};
use headlight_device::DeviceName;
use headlight_model::{MultiHeadAttentionConfig, scaled_dot_product_context};
use serde_json::{Value, json};

use crate::memory;
use crate::statistics::median;
use crate::work::{Form, Measure, Pass, Size};

// As in peer/attention_torch.py.
const BUDGET: Duration = Duration::from_secs(4);
const MIN_REPETITIONS: usize = 5;
const MAX_REPETITIONS: usize = 3000;

/// Runs on Burn's shared pool, which has all cores.
pub(super) fn run(form: Form, pass: Pass, size: Size, measure: Measure) -> anyhow::Result<Value> {
    let device = match pass {
        Pass::Forward => DeviceName::default().open()?,
        Pass::ForwardBackward => DeviceName::default().open()?.autodiff(),
    };
    device.seed(0);
    // What the inputs take counts, here and in the peer; what the program takes by itself does not.
    memory::forget_peak();
    let before = memory::resident_mib();
    let attend = match form {
        Form::Core => core(pass, size, &device),
        Form::Module => module(pass, size, &device)?,
        Form::ModuleWithWeights => module_with_weights(pass, size, &device)?,
    };
    Ok(match measure {
        Measure::Time => {
            let milliseconds = milliseconds(&attend, if size.seq_length < 1000 { 3 } else { 1 });
            json!({ "median_ms": median(&milliseconds), "repetitions": milliseconds.len() })
        }
        Measure::Memory => {
            attend();
            let added = memory::peak_mib().zip(before).map(|(peak, before)| peak - before);
            json!({ "added_mib": added })
        }
    })
}

fn core(pass: Pass, size: Size, device: &Device) -> Box<dyn Fn()> {
    let shape = [size.batch_size, size.n_heads, size.seq_length, size.d_model / size.n_heads];
    let [query, key, value] = std::array::from_fn(|_| random(pass, shape, device));
    Box::new(move || {
        finish(pass, scaled_dot_product_context(query.clone(), key.clone(), value.clone(), None));
    })
}

fn module(pass: Pass, size: Size, device: &Device) -> anyhow::Result<Box<dyn Fn()>> {
    let attention = MultiHeadAttentionConfig::new(size.d_model, size.n_heads).init(device);
    let x = random(pass, [size.batch_size, size.seq_length, size.d_model], device);
    Ok(Box::new(move || finish(pass, attention.forward(x.clone(), x.clone(), x.clone(), None))))
}

fn module_with_weights(pass: Pass, size: Size, device: &Device) -> anyhow::Result<Box<dyn Fn()>> {
    let attention = MultiHeadAttentionConfig::new(size.d_model, size.n_heads).init(device);
    let x = random(pass, [size.batch_size, size.seq_length, size.d_model], device);
    Ok(Box::new(move || {
        let (output, _weights) = attention.forward_with_attention(x.clone(), x.clone(), x.clone(), None);
        finish(pass, output);
    }))
}

fn random<const D: usize>(pass: Pass, shape: [usize; D], device: &Device) -> Tensor<D> {
    let tensor = Tensor::random(shape, Distribution::Normal(0.0, 1.0), device);
    match pass {
        Pass::Forward => tensor,
        Pass::ForwardBackward => tensor.require_grad(),
    }
}

/// Burn begins backward with ones in the tensor's own shape, so that no sum and no product with an upstream gradient is
/// timed along; PyTorch is handed its upstream gradient, too.
fn finish<const D: usize>(pass: Pass, output: Tensor<D>) {
    if pass == Pass::ForwardBackward {
        output.backward();
    }
}

fn milliseconds(attend: &dyn Fn(), warm_up: usize) -> Vec<f64> {
    (0..warm_up).for_each(|_| attend());
    let mut milliseconds = Vec::new();
    let begin = Instant::now();
    while milliseconds.len() < MIN_REPETITIONS || (begin.elapsed() < BUDGET && milliseconds.len() < MAX_REPETITIONS) {
        let begin = Instant::now();
        attend();
        milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds
}
