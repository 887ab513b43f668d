//! The training loop in the open: a decoder learns to say a sequence again, and one heatmap shows how.

use std::error::Error;
use std::path::Path;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use headlight_device::DeviceName;
use headlight_model::{Activation, Architecture, NormPlacement, Positions, TransformerConfig};
use headlight_plot::{PlotOptions, head_png};
use headlight_train::{Batch, Task, count_exact, records, tasks};

fn main() -> Result<(), Box<dyn Error>> {
    let device = DeviceName::default().open()?;
    let autodiff = device.clone().autodiff();

    let task = Task { length: 6, symbols: 10, ..Task::new(&tasks::copy::SPEC, Architecture::Decoder) };
    let config = TransformerConfig {
        architecture: task.architecture,
        vocab_size: task.vocabulary().size(),
        max_length: task.max_length(),
        d_model: 64,
        n_heads: 4,
        n_layers: 2,
        d_ff: 128,
        dropout: 0.0,
        positions: Positions::Sinusoidal,
        norm: NormPlacement::Pre,
        activation: Activation::Relu,
        tie_weights: false,
        seed: 0,
    };
    let mut model = config.init(&autodiff);
    let mut optimizer = AdamWConfig::new().with_beta_2(0.98).with_epsilon(1e-8).init();
    let held_out = task.held_out(0, 256).examples; // never trained on

    for step in 1..=500 {
        // 1. Batch: BOS s₀…s₅ SEP s₀…s₄ goes in, and from SEP on s₀…s₅ should come out.
        let examples = task.training_examples(0, step, 64);
        let batch = Batch::new(&task, &examples, &autodiff);

        // 2. Forward: at each position, the scores of the next token. Only the answer counts.
        let logits = model.forward(None, &batch.target); // [64, 13, vocab_size]
        let logits = logits.flatten::<2>(0, 1).select(0, batch.predicted_at);

        // 3. Loss: how surprised the model is by the right tokens.
        let loss = CrossEntropyLossConfig::new().init(&autodiff).forward(logits, batch.answer);

        // 4. Backward: which way each weight would make it more surprised.
        let gradients = GradientsParams::from_grads(loss.backward(), &model);

        // 5. Step the other way: small steps at first, full ones after ten, then smaller and smaller. (Training also clips;
        //    see headlight-train/src/step.rs.)
        let learning_rate = 0.008 * (step as f64 / 10.0).min(1.0) * 0.5f64.powf(step as f64 / 50.0);
        model = optimizer.step(learning_rate, model, gradients);

        // Validation: the model writes every answer by itself, token by token.
        if step % 10 == 0 {
            let exact = count_exact(&model.valid(), &task, &held_out, &device);
            println!("step {step:>3}  loss {:.3}  {exact} of {} right", loss.into_scalar::<f32>(), held_out.len());
            if exact == held_out.len() {
                break;
            }
        }
    }

    let record = &records(&model.valid(), &task, &held_out[0], None, &device)?[0];
    let (layer, head, score) = record.best_aligned_head().ok_or("copying has an alignment")?;
    let path = Path::new("05_train_copy.png");
    std::fs::write(path, &head_png(record, layer, head, &PlotOptions::default())?)?;
    println!("Layer {layer} head {head} puts {score:.2} of its weight on the token to copy: {}", path.display());
    Ok(())
}
