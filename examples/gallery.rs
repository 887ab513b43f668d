//! Every kind of picture, from one training: `cargo run -p headlight-examples --example gallery -- docs/gallery`
//!
//! An encoder–decoder learns to copy sequences of four to eight symbols; what it attends to is kept every second step. The
//! pictures of docs/gallery.md are its output.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use burn::tensor::Device;
use headlight_model::{Architecture, alibi_biases, record_trace, rotary_angles, sinusoidal_positions};
use headlight_plot::{
    Colormap, FilmOptions, Format, Frame, FullColour, Picture, PlotOptions, Shading, Theme, Values, alibi_chart, draw,
    film, rotary_chart, sinusoidal_chart,
};
use headlight_record::{
    AttentionKind, AttentionRecord, Combination, MaskCell, Origin, StepMetrics, WeightsChoice, WeightsFormat,
    read_weights,
};
use headlight_runs::{RunConfig, write_whole};
use headlight_train::{Batch, Example, TrainError, Training, records, tasks};

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_string());
    let out = Path::new(&out);
    std::fs::create_dir_all(out)?;

    // 1. A run: its records every second step, the last of them after the last step, and its metrics.
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    (config.task.min_length, config.task.length, config.threads) = (Some(4), 8, 1);
    let (mut training, device) = (config.start()?, config.device.open()?);
    let (mut kept, mut metrics) = (vec![attention(&training, &device)?], Vec::new());
    while !training.is_done() {
        metrics.push(step(&mut training)?);
        if training.steps() % 2 == 0 || training.is_done() {
            kept.push(attention(&training, &device)?);
        }
    }
    println!("{} steps, exact match {:.3}", training.steps(), training.exact_match());
    let records = &kept[kept.len() - 1];
    let halfway = &kept[kept.len() / 3];
    let of = |records: &[AttentionRecord], kind| records.iter().find(|record| record.kind() == kind).cloned();
    let record = &of(records, AttentionKind::Cross).ok_or("an encoder–decoder has cross attention")?;
    let before = &of(halfway, AttentionKind::Cross).ok_or("an encoder–decoder has cross attention")?;
    let (layer, head, _) = record.best_aligned_head().ok_or("copying has an ideal alignment")?;

    // 2. What else there is to see: padding, what is made of several heads, positions, other people's weights.
    let padded = beside_a_longer_one(&training, &device)?;
    let [mean, maximum] = [Combination::Mean, Combination::Maximum].map(|how| record.combine_heads(how));
    let pair = [record.one_head(layer, head), record.one_head(0, 0)];
    let (d_model, n_heads, positions) = (config.model.d_model, config.model.n_heads, 48);
    let sinusoids: Vec<f32> = sinusoidal_positions(positions, d_model, &device).into_data().iter().collect();
    let angles: Vec<f32> = rotary_angles(positions, d_model / n_heads, &device).into_data().iter().collect();
    let biases: Vec<f32> = alibi_biases(n_heads, positions, &device).into_data().iter().collect();
    let sinusoidal = sinusoidal_chart(&sinusoids, d_model);
    let rotary = rotary_chart(&angles, d_model / n_heads);
    let alibi = alibi_chart(&biases, positions);
    let gpt2 = weights_of_gpt2()?;

    // 3. Every kind of picture.
    let [layer_count, head_count, ..] = record.shape();
    let (layers, heads): (Vec<usize>, Vec<usize>) = ((0..layer_count).collect(), (0..head_count).collect());
    let (layers, heads) = (&layers[..], &heads[..]);
    let best = ([layer], [head]);
    let steps = [record, before].map(|record| format!("step {}", record.origin().step.unwrap_or(0)));
    let names = [format!("layer {layer} · head {head}"), "layer 0 · head 0".to_string()];
    let all = Picture::Heads { record, layers, heads };
    let plain = PlotOptions::default();
    let titled = |title: &str| PlotOptions { title: Some(title.to_string()), ..PlotOptions::default() };
    let log = PlotOptions { shading: Shading::Logarithmic, colormap: Colormap::Magma, ..plain.clone() };
    let normalized = PlotOptions {
        full_colour: FullColour::PanelMaximum,
        threshold: Some(0.05),
        colormap: Colormap::Cividis,
        ..plain.clone()
    };
    let greys = PlotOptions { colormap: Colormap::Greys, ..plain.clone() };
    let pictures: Vec<(&str, Picture<'_>, PlotOptions)> = vec![
        ("head", Picture::Heads { record, layers: &best.0, heads: &best.1 }, plain.clone()),
        ("grid", all, plain.clone()),
        ("sheet", Picture::Sheet { records, layers: None, heads: None }, plain.clone()),
        (
            "padding",
            Picture::Sheet { records: &padded, layers: Some(&[1]), heads: Some(&[0, 1]) },
            titled("beside a longer example"),
        ),
        ("lines", Picture::Lines { record, layers, heads }, plain.clone()),
        ("mean", Picture::Heads { record: &mean, layers, heads: &[0] }, titled("mean of the heads")),
        ("maximum", Picture::Heads { record: &maximum, layers, heads: &[0] }, titled("maximum of the heads")),
        (
            "difference",
            Picture::Difference {
                records: [&pair[0], &pair[1]],
                names: [&names[0], &names[1]],
                layers: &[0],
                heads: &[0],
            },
            plain.clone(),
        ),
        (
            "difference_of_records",
            Picture::Difference { records: [record, before], names: [&steps[0], &steps[1]], layers, heads },
            plain.clone(),
        ),
        ("log", all, log),
        ("normalized", all, normalized),
        ("greys", Picture::Heads { record, layers: &best.0, heads: &best.1 }, greys),
        ("curves", Picture::Curves { metrics: &metrics }, plain.clone()),
        ("sinusoidal", Picture::Chart(&sinusoidal), plain.clone()),
        ("rotary", Picture::Chart(&rotary), plain.clone()),
        ("alibi", Picture::Chart(&alibi), plain.clone()),
        ("gpt2", Picture::Heads { record: &gpt2, layers: &[0, 1], heads: &[0, 1, 2, 3] }, plain),
    ];
    let kinds = [
        (Theme::Light, Format::Png, ""),
        (Theme::Dark, Format::Png, "-dark"),
        (Theme::Light, Format::Svg, ""),
        (Theme::Dark, Format::Svg, "-dark"),
    ];
    for (name, picture, options) in &pictures {
        for (theme, format, suffix) in kinds {
            let drawn = draw(picture, &PlotOptions { theme, format, ..options.clone() })?;
            write_whole(&out.join(format!("{name}{suffix}.{}", format.extension())), &drawn.bytes)?;
        }
    }

    // 4. The film of the best layer while it forms.
    let kept: Vec<_> = kept.iter().filter_map(|records| of(records, AttentionKind::Cross)).collect();
    let frame = |record| {
        let step = AttentionRecord::origin(record).step.unwrap_or(0);
        // What step 1 measured before it changed anything is the loss of the model of step 0.
        let loss = metrics[step.max(1) - 1].loss;
        Frame { record, title: format!("step {}{step} · loss {loss:.3}", if step < 10 { "  " } else { "" }) }
    };
    let frames: Vec<Frame<'_>> = kept.iter().map(frame).collect();
    for (theme, suffix) in [(Theme::Light, ""), (Theme::Dark, "-dark")] {
        let shown = FilmOptions { layers: &best.0, heads, fps: 8 };
        // Numbers that flicker would only be in the way.
        let options = PlotOptions { theme, values: Values::Never, ..PlotOptions::default() };
        let drawn = film(&frames, &shown, &options)?;
        write_whole(&out.join(format!("film{suffix}.gif")), &drawn.gif)?;
        write_whole(&out.join(format!("film{suffix}.apng")), &drawn.apng)?;
    }
    println!("{} kinds of picture, and a film of {} frames: {}", pictures.len(), frames.len(), out.display());
    Ok(())
}

/// What the model attends to now, on the first of the longest held-out examples.
fn attention(training: &Training, device: &Device) -> Result<Vec<AttentionRecord>, Box<dyn Error>> {
    let task = training.task();
    let longest = |example: &&Example| example.source.len() == task.length;
    let example = training.held_out().examples.iter().find(longest).ok_or("some examples are long")?;
    Ok(records(&training.model(), task, example, Some(training.steps()), device)?)
}

/// One step, and what it measured; nothing here looks at a clock.
fn step(training: &mut Training) -> Result<StepMetrics, TrainError> {
    let outcome = training.step()?;
    Ok(StepMetrics {
        step: outcome.step,
        loss: outcome.score.loss,
        token_accuracy: outcome.score.token_accuracy,
        exact_match: outcome.exact_match,
        learning_rate: outcome.learning_rate,
        tokens_per_second: 0.0,
        seconds: 0.0,
    })
}

/// What the model attends to on a short example that shares a batch with a longer one, and so is padded.
fn beside_a_longer_one(training: &Training, device: &Device) -> Result<Vec<AttentionRecord>, Box<dyn Error>> {
    let (task, examples) = (training.task(), &training.held_out().examples);
    let short = examples.iter().min_by_key(|example| example.source.len()).ok_or("there are examples")?;
    let long = examples.iter().max_by_key(|example| example.source.len()).ok_or("there are examples")?;
    let batch = Batch::new(task, &[short.clone(), long.clone()], device);
    let output = training.model().trace(batch.source.as_ref(), &batch.target, &[]);
    let filled = |short: &[usize], long: &[usize]| {
        let mut tokens = task.vocabulary().tokens(short);
        tokens.resize(long.len(), "PAD".to_string());
        tokens
    };
    let source = filled(&short.source, &long.source);
    let target = filled(&task.target(short), &task.target(long));
    let cell = |kind, query, key| match kind {
        AttentionKind::DecoderSelf if key > query => MaskCell::Causal,
        AttentionKind::EncoderSelf | AttentionKind::Cross if key >= short.source.len() => MaskCell::Padding,
        _ => MaskCell::Visible,
    };
    let mut records = Vec::new();
    for (kind, queries, keys) in [
        (AttentionKind::EncoderSelf, &source, &source),
        (AttentionKind::DecoderSelf, &target, &target),
        (AttentionKind::Cross, &target, &source),
    ] {
        let mask = (0..queries.len()).flat_map(|query| (0..keys.len()).map(move |key| cell(kind, query, key)));
        let weights = &output.attention(kind);
        let record = record_trace(kind, weights, 0, queries.clone(), keys.clone(), Origin::default())?;
        records.push(record.with_mask(mask.collect())?);
    }
    Ok(records)
}

/// What docs/scripts/attention_of_gpt2.py saved.
fn weights_of_gpt2() -> Result<AttentionRecord, Box<dyn Error>> {
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gallery");
    let weights = read_weights(File::open(saved.join("gpt2.npy"))?, WeightsFormat::Npy, &WeightsChoice::default())?;
    let tokens: Vec<String> = std::fs::read_to_string(saved.join("gpt2.txt"))?.lines().map(str::to_string).collect();
    let causal = |at: usize| {
        if at % tokens.len() > at / tokens.len() { MaskCell::Causal } else { MaskCell::Visible }
    };
    let mask = (0..tokens.len() * tokens.len()).map(causal).collect();
    let origin = Origin { task: "gpt2.npy".to_string(), ..Origin::default() };
    let kind = AttentionKind::DecoderSelf;
    let record = AttentionRecord::new(kind, weights.shape, weights.values, tokens.clone(), tokens, origin)?;
    Ok(record.with_mask(mask)?)
}
