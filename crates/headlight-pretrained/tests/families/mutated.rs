//! Configurations with anything in them: refused or run, and never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Device;
use headlight_pretrained::{Attends, Facts, Keep, Model, open};
use serde_json::{Value, json};

use crate::changed::Files;
use crate::device::device;
use crate::golden::Golden;

/// Of each golden.
const MUTANTS: u64 = 300;

#[test]
fn of_any_configuration() {
    let device = device();
    for name in Golden::names() {
        let golden = Golden::read(&name);
        let files = Files::of(&golden.directory);
        let directory = files.write();
        let mut opened = 0;
        for seed in 0..MUTANTS {
            let config = mutated(&files, seed);
            std::fs::write(directory.path().join("config.json"), &config).expect("it is written");
            let run = || match open(directory.path(), &device) {
                Ok(model) => {
                    run(&golden, &model.model, &model.facts, &device);
                    1
                }
                Err(error) => {
                    assert!(!error.to_string().contains('\n'), "{error}");
                    0
                }
            };
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(one) => opened += one,
                Err(_) => panic!("{name}, mutant {seed}: {config}"),
            }
        }
        // Otherwise the test would ask nothing of the passes, or nothing of the refusals.
        assert!((MUTANTS / 20..MUTANTS * 19 / 20).contains(&opened), "{opened} mutants of {name} are opened");
    }
}

/// A pass over the golden's input, where the model has as many positions.
fn run(golden: &Golden, model: &Model, facts: &Facts, device: &Device) {
    fn of<I>(model: &dyn Attends<Input = I>, input: &I) {
        let attended = model.attend(input, &[0], Keep::Weights, &[0]);
        let logits: Vec<f32> = attended.logits.into_data().try_into_vec().expect("f32");
        assert!(!logits.is_empty());
    }
    let fits = |length: usize| facts.max_length.is_none_or(|longest| length <= longest);
    match model {
        Model::Text(model) => {
            let input = golden.sequences(device);
            let lengths = [Some(&input.target), input.source.as_ref()].map(|it| it.map_or(0, |it| it.ids.dims()[1]));
            if lengths.into_iter().all(fits) {
                of(&**model, &input);
            }
        }
        Model::Speech(model) => {
            let input = golden.speech(device);
            if fits(input.target.ids.dims()[1]) {
                of(&**model, &input);
            }
        }
        Model::Image(model) => {
            let (pixels, patches) = (golden.pixels(device), facts.patches.expect("it cuts pictures up"));
            if pixels.dims()[1..] == patches.picture {
                of(&**model, &pixels);
            }
        }
    }
}

/// The configuration with up to three options changed, left out or renamed.
fn mutated(files: &Files, seed: u64) -> String {
    let mut config = files.config.clone();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |below: usize| {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    };
    for _ in 0..=draw(3) {
        let names: Vec<String> = config.keys().cloned().collect();
        let name = names[draw(names.len())].clone();
        let other = names[draw(names.len())].clone();
        match draw(8) {
            0 => drop(config.remove(&name)),
            1 => {
                let value = config.remove(&name).unwrap_or_default();
                config.insert(other, value);
            }
            _ => {
                let old = config[&name].clone();
                config.insert(name, value(draw(24), &old));
            }
        }
    }
    serde_json::to_string(&config).expect("it is written")
}

/// Another value, some of them near the old one.
fn value(nth: usize, old: &Value) -> Value {
    let whole = old.as_u64().unwrap_or(7);
    match nth {
        0 => json!(0),
        1 => json!(1),
        2 => json!(-1),
        3 => json!(whole.saturating_mul(2)),
        4 => json!(whole / 2),
        5 => json!(whole.saturating_add(1)),
        6 => json!(u64::MAX),
        7 => json!(1_u64 << 63),
        8 => json!(1_u64 << 32),
        9 => json!(i64::MIN),
        10 => json!(1e308),
        11 => json!(-0.0),
        12 => json!(1e-320),
        13 => json!(0.5),
        14 => Value::Null,
        15 => json!(true),
        16 => json!(false),
        17 => json!(""),
        18 => json!("gelu_new"),
        19 => json!("\n\u{0}\u{202e}"),
        20 => json!([]),
        21 => json!([4, 4]),
        22 => json!({}),
        _ => json!({"0": {"1": [null]}}),
    }
}
