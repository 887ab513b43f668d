//! Every device computes what flex does: a training step, whole runs, and pictures of runs that were trained elsewhere.
//!
//! Without further words these are the processor devices of the build. `BURN_DEVICE=wgpu` asks for that one, and fails where it
//! does not start.
#![cfg(feature = "flex")]

#[path = "../../headlight-model/tests/at_end/mod.rs"]
mod at_end;
#[path = "../../headlight-train/tests/named_gradients/mod.rs"]
mod named_gradients;
mod whole_run;

use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_model::{Activation, Architecture, DropoutKey, NormPlacement, Positions, parameters_to_safetensors};
use headlight_record::AttentionRecord;
use headlight_runs::{Replace, RunConfig, RunDirectory, SavedRun, StepTimes, StoppedRun};
use headlight_train::{Batch, Training, clip_gradients, forward_backward, generate, tasks};
use named_gradients::{assert_near, by_name, largest_share};
use whole_run::{make_run, with};

const BOTH: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];

/// The devices to compare with flex.
fn devices() -> Vec<DeviceName> {
    let devices = match std::env::var("BURN_DEVICE") {
        Ok(name) => vec![name.parse().expect("BURN_DEVICE names a device of ours")],
        Err(_) => DeviceName::built().filter(|device| device.takes_threads()).collect(),
    };
    devices.iter().for_each(|device| _ = open(device));
    at_end::wait_at_end();
    devices
}

fn open(device: &DeviceName) -> Device {
    device.open().unwrap_or_else(|error| panic!("{device} was asked for: {error}"))
}

/// The devices to compare with flex in a step: those of these that are not flex itself, or the other processor devices.
fn others() -> Vec<DeviceName> {
    let is_other = |device: &DeviceName| *device != DeviceName::Flex;
    let mut others: Vec<_> = devices().into_iter().filter(is_other).collect();
    if others.is_empty() {
        others = DeviceName::built().filter(|device| device.takes_threads()).filter(is_other).collect();
    }
    assert!(!others.is_empty(), "nothing is compared");
    others
}

/// How far losses, gradients (as a share of the largest) and weights of attention may be from those of flex. Measured: at most 1e-6 on
/// ndarray and on SwiftShader; a graphics card may round otherwise than a processor does.
fn tolerance(device: &DeviceName) -> f64 {
    if device.takes_threads() { 1e-5 } else { 1e-4 }
}

#[test]
#[cfg_attr(not(feature = "ndarray"), ignore = "this build has no processor device beside flex; .ci/wgpu compares wgpu")]
fn a_training_step_has_the_loss_and_every_gradient_of_flex() {
    for device in others() {
        for config in every_choice() {
            let step = |device: &DeviceName| {
                let device = open(device).autodiff();
                let key = DropoutKey { seed: config.training.seed, step: 1, ..DropoutKey::default() };
                let model = config.transformer().init(&device).with_dropout(key);
                let weights = parameters_to_safetensors(&model).expect("weights");
                let examples = config.task.training_examples(1, 1, 6);
                let (score, mut gradients) =
                    forward_backward(&model, &Batch::new(&config.task, &examples, &device), 1.0);
                let named = by_name(&model, &gradients);
                let norm = clip_gradients(&model, &mut gradients, 0.1);
                assert!(norm > 0.1, "nothing was clipped");
                (weights, score, named, norm, by_name(&model, &gradients))
            };
            let (weights, score, gradients, norm, clipped) = step(&device);
            let (flex_weights, flex_score, flex_gradients, flex_norm, flex_clipped) = step(&DeviceName::Flex);
            let what = format!("{device}, {}, {:?}", config.task.architecture, config.model.positions);
            assert!(weights == flex_weights, "{what}: it begins with other weights");
            assert!((score.loss - flex_score.loss).abs() < tolerance(&device), "{what}: {score:?}, {flex_score:?}");
            assert_eq!(score.token_accuracy, flex_score.token_accuracy, "{what}");
            assert!((norm / flex_norm - 1.0).abs() < tolerance(&device), "{what}: norm {norm}, {flex_norm}");
            let share = tolerance(&device) as f32;
            println!("{what}: gradients differ by {:e} of the largest", largest_share(&gradients, &flex_gradients).0);
            assert_near(&gradients, &flex_gradients, share, &what);
            assert_near(&clipped, &flex_clipped, share, &what);
        }
    }
}

#[test]
#[cfg_attr(not(feature = "ndarray"), ignore = "this build has no processor device beside flex; .ci/wgpu compares wgpu")]
fn the_optimiser_steps_as_on_flex() {
    for device in others() {
        let losses = |device: &DeviceName| {
            let mut training = with(small(Architecture::Decoder), |config| config.device = device.clone())
                .start()
                .expect("a training");
            let losses = (0..6).map(|_| training.step().expect("a step").score.loss).collect::<Vec<_>>();
            assert!(losses[5] < losses[0], "{device} learns nothing: {losses:?}");
            losses
        };
        let (ours, flex) = (losses(&device), losses(&DeviceName::Flex));
        for (ours, flex) in ours.iter().zip(&flex) {
            assert!((ours - flex).abs() < tolerance(&device), "{device}: {ours} against {flex}");
        }
    }
}

/// Four steps, four again, and two that are stopped and gone on with for two more, with everything that has a generator of its own.
#[test]
fn equal_seeds_give_equal_bytes_on_one_device() {
    for device in devices() {
        let config = with(small(Architecture::EncoderDecoder), |config| {
            (config.device, config.model.dropout, config.training.max_steps) = (device.clone(), 0.1, 4)
        });
        let config = with(config, |config| config.checkpoint_every = 2);
        let four = || {
            let mut training = config.start().expect("a training");
            (0..4).for_each(|_| _ = training.step().expect("a step"));
            training
        };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
        let mut stopped = config.start().expect("a training");
        (0..2).for_each(|_| _ = run.step(&mut stopped).expect("a step"));
        drop(run);
        let stopped = StoppedRun::open(directory.path()).expect("a stopped run");
        assert_eq!(stopped.step(), 2, "{device}");
        let (mut run, mut resumed) = stopped.resume(config.clone()).expect("its own configuration");
        (0..2).for_each(|_| _ = run.step(&mut resumed).expect("a step"));

        let bytes = |training: &Training| parameters_to_safetensors(&training.model()).expect("weights");
        // The state is the weights and AdamW's averages, to the last bit.
        let state = |training: &Training| training.state().expect("tensors");
        let once = four();
        assert!(bytes(&once) != bytes(&config.start().expect("a training")), "{device} learns nothing");
        for (what, again) in [("again", four()), ("gone on with", resumed)] {
            assert!(bytes(&again) == bytes(&once), "{device}, {what}: other weights");
            assert!(state(&again) == state(&once), "{device}, {what}: another state of the optimiser");
        }
    }
}

#[test]
fn a_model_saved_on_one_device_is_drawn_and_answers_on_another() {
    for device in devices() {
        for (from, to) in [(device.clone(), DeviceName::Flex), (DeviceName::Flex, device.clone())] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let config = with(small(Architecture::EncoderDecoder), |config| {
                (config.device, config.training.max_steps) = (from.clone(), 3)
            });
            let training = make_run(directory.path(), &config);
            let run = SavedRun::open_on(directory.path(), to.clone()).expect("the run");
            assert_eq!((&run.device_name, &run.config.device), (&to, &from));

            let weights = parameters_to_safetensors(&run.model).expect("weights");
            assert!(weights == parameters_to_safetensors(&training.model()).expect("weights"), "{from} to {to}");
            let largest = largest_difference(&run.records_anew().expect("records"), &run.records().expect("records"));
            assert!(f64::from(largest) < tolerance(&device), "{from} to {to}: {largest}");

            let sources: Vec<_> = run.config.task.held_out(3, 5).examples.into_iter().map(|it| it.source).collect();
            let at_home = SavedRun::open_on(directory.path(), from.clone()).expect("the run");
            let answers = [&run, &at_home].map(|run| generate(&run.model, &run.config.task, &sources, &run.device));
            assert_eq!(answers[0], answers[1], "{from} to {to}");
        }
    }
}

#[test]
fn the_tours_model_has_the_same_heatmaps_everywhere() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let tour = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
    let tour = with(tour, |config| (config.tour, config.threads, config.device) = (true, 2, DeviceName::Flex));
    assert!(make_run(directory.path(), &tour).is_solved());
    for device in devices() {
        let run = SavedRun::open_on(directory.path(), device.clone()).expect("the run");
        let (drawn, saved) = (run.records_anew().expect("records"), run.records().expect("records"));
        assert_eq!(saved[0].shape(), [2, 4, 21, 21]);
        let largest = largest_difference(&drawn, &saved);
        println!("{device}: the largest difference of a weight is {largest:e}");
        assert!(largest < 1e-4, "{device}: {largest}");
    }
}

#[test]
fn steps_are_measured_on_each() {
    for device in devices() {
        let config = with(small(Architecture::Decoder), |config| config.device = device);
        let times = StepTimes::measure(&config, 4, std::time::Duration::from_secs(60)).expect("times");
        assert_eq!(times.steps, 4);
        assert!(times.median.as_nanos() > 0 && times.first.as_nanos() > 0);
    }
}

/// The two architectures, and the other choices that decide what a model computes.
fn every_choice() -> Vec<RunConfig> {
    let decoder = || small(Architecture::Decoder);
    let (positions, norm) = (Positions::Alibi, NormPlacement::Post);
    let mut configs = BOTH.map(small).to_vec();
    configs.push(with(small(Architecture::EncoderDecoder), |config| {
        (config.model.positions, config.model.dropout) = (Positions::Rotary, 0.1)
    }));
    configs.push(with(decoder(), |config| {
        (config.model.positions, config.model.activation) = (Positions::Learned, Activation::Gelu)
    }));
    configs.push(with(decoder(), |config| config.model.positions = Positions::None));
    configs.push(with(decoder(), |config| {
        (config.model.positions, config.model.norm, config.model.tie_weights, config.model.dropout) =
            (positions, norm, true, 0.1)
    }));
    configs
}

/// Examples of differing lengths, so that there is padding to hide.
fn small(architecture: Architecture) -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::repeat::SPEC, architecture);
    config.task.length = 4;
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 2, 32);
    (config.training.batch_size, config.training.held_out, config.training.evaluate_every, config.threads) =
        (8, 4, 1000, 1);
    config
}

fn largest_difference(left: &[AttentionRecord], right: &[AttentionRecord]) -> f32 {
    assert!(!left.is_empty() && left.len() == right.len());
    let mut largest = 0.0_f32;
    for (left, right) in left.iter().zip(right) {
        assert_eq!((left.kind(), left.shape()), (right.kind(), right.shape()));
        assert_eq!((left.query_tokens(), left.key_tokens()), (right.query_tokens(), right.key_tokens()));
        for (left, right) in left.weights().iter().zip(right.weights()) {
            assert!(left.is_finite() && right.is_finite());
            largest = largest.max((left - right).abs());
        }
    }
    largest
}
