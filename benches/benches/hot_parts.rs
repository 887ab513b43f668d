//! The parts in which training spends its time, each by itself: `cargo bench --profile dev -p headlight-benches`.

use burn::optim::ModuleOptimizer;
use burn::tensor::{Device, Distribution, Tensor};
use divan::Bencher;
use headlight_device::DeviceName;
use headlight_flex::{FusedAdamW, allocator};
use headlight_model::{Architecture, DropoutKey, Mask, Transformer, scaled_dot_product_context};
use headlight_plot::{PlotOptions, head_png};
use headlight_record::AttentionRecord;
use headlight_runs::RunConfig;
use headlight_train::{Batch, Replicas, forward_backward, generate, records, tasks};

const ARCHITECTURES: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];

#[global_allocator]
static ALLOCATOR: allocator::MiMalloc = allocator::MiMalloc;

fn main() {
    allocator::keep_freed_memory(); // as in the program itself
    divan::main();
}

fn device() -> Device {
    DeviceName::default().open().expect("the default device is built in")
}

/// One thread in a pool of its own, as a replica has.
fn replica() -> Replicas {
    Replicas::new(1).expect("one more thread is to be had")
}

fn model(architecture: Architecture, device: &Device) -> Transformer {
    RunConfig::for_task(&tasks::copy::SPEC, architecture).transformer().init(device)
}

/// What one of two replicas does in a training step: 32 sequences.
#[divan::bench(args = ARCHITECTURES)]
fn step_forward_backward(bencher: Bencher<'_, '_>, architecture: Architecture) {
    let task = RunConfig::for_task(&tasks::copy::SPEC, architecture).task;
    let device = device().autodiff();
    let (model, replica) = (model(architecture, &device), replica());
    let sources = task.training_examples(0, 1, 32);
    bencher.bench_local(|| replica.run_alone(|| forward_backward(&model, &Batch::new(&task, &sources, &device), 0.5)));
}

/// Training's AdamW on every weight of the model.
#[divan::bench(args = ARCHITECTURES)]
fn adamw_step(bencher: Bencher<'_, '_>, architecture: Architecture) {
    let task = RunConfig::for_task(&tasks::copy::SPEC, architecture).task;
    let device = device().autodiff();
    let (model, replica) = (model(architecture, &device), replica());
    let batch = Batch::new(&task, &task.training_examples(0, 1, 2), &device);
    let mut optimizer = ModuleOptimizer::from(FusedAdamW::new(0.01));
    bencher
        .with_inputs(|| (model.clone(), replica.run_alone(|| forward_backward(&model, &batch, 1.0).1)))
        .bench_local_values(|(model, gradients)| replica.run_alone(|| optimizer.step(1e-3, model, gradients)));
}

/// Every replica's gradients, summed: a whole training step but for clipping and AdamW.
#[divan::bench(args = ARCHITECTURES)]
fn replicas_forward_backward(bencher: Bencher<'_, '_>, architecture: Architecture) {
    let config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    let device = device().autodiff();
    let model = model(architecture, &device);
    let replicas = Replicas::new(config.threads).expect("as many threads as there are cores");
    let sources = config.task.training_examples(0, 1, config.training.batch_size);
    let key = DropoutKey::default();
    bencher.bench_local(|| replicas.forward_backward(&model, &config.task, &sources, key, &device));
}

/// Every answer to 512 sources, token by token: an evaluation in which nothing is wrong, which is the longest.
#[divan::bench(args = ARCHITECTURES, sample_count = 10)]
fn evaluation(bencher: Bencher<'_, '_>, architecture: Architecture) {
    let config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    let device = device();
    let model = model(architecture, &device);
    let replicas = Replicas::new(config.threads).expect("as many threads as there are cores");
    let held_out = config.task.held_out(0, 512).examples;
    let sources: Vec<_> = held_out.into_iter().map(|example| example.source).collect();
    let share = sources.len().div_ceil(replicas.count());
    bencher.bench_local(|| {
        replicas.run(sources.chunks(share).map(|part| {
            let (model, task, device) = (model.clone(), &config.task, &device);
            // In batches of 64, as `count_exact` does.
            move || part.chunks(64).map(|sources| generate(&model, task, sources, device).len()).sum::<usize>()
        }))
    });
}

/// The attention of the decoder: 32 sequences of 21 tokens, 4 heads of 16.
#[divan::bench]
fn attention_forward(bencher: Bencher<'_, '_>) {
    let (inputs, mask, replica) = attention_inputs(&device());
    bencher.bench_local(|| {
        let [query, key, value] = inputs.clone();
        replica.run_alone(|| scaled_dot_product_context(query, key, value, Some(&mask)))
    });
}

#[divan::bench]
fn attention_forward_backward(bencher: Bencher<'_, '_>) {
    let (inputs, mask, replica) = attention_inputs(&device().autodiff());
    let inputs = inputs.map(Tensor::require_grad);
    bencher.bench_local(|| {
        let [query, key, value] = inputs.clone();
        replica.run_alone(|| scaled_dot_product_context(query, key, value, Some(&mask)).backward())
    });
}

fn attention_inputs(device: &Device) -> ([Tensor<4>; 3], Mask, Replicas) {
    let inputs = std::array::from_fn(|_| Tensor::random([32, 4, 21, 16], Distribution::Normal(0.0, 1.0), device));
    (inputs, Mask::causal(21, device), replica())
}

/// One head of 21 × 21, as PNG.
#[divan::bench]
fn draw_head(bencher: Bencher<'_, '_>) {
    let record = decoder_record();
    bencher.bench_local(|| head_png(&record, 0, 0, &PlotOptions::default()));
}

fn decoder_record() -> AttentionRecord {
    let device = device();
    let task = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder).task;
    let model = model(Architecture::Decoder, &device);
    let source = &task.held_out(0, 1).examples[0];
    let records = records(&model, &task, source, None, &device).expect("new weights are finite");
    records.into_iter().next().expect("a decoder attends to itself")
}
