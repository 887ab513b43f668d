//! Makes the pictures of docs/gallery.md from a run that was trained with --record-every:
//! `cargo run -p headlight-examples --example gallery -- runs/gallery docs/gallery`

use std::error::Error;
use std::path::Path;

use headlight_plot::{
    Colormap, FilmOptions, Format, Frame, FullColour, Picture, PlotOptions, Shading, Theme, draw, film,
};
use headlight_record::{AttentionKind, AttentionRecord, Combination, read_metrics, read_records, write_whole};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, out] = &arguments[..] else {
        return Err("give the directory of a run, and one for the pictures".into());
    };
    let (run, out) = (Path::new(run), Path::new(out));
    let records = read_records(&run.join("attention.safetensors"))?;
    let metrics = read_metrics(&run.join("metrics.jsonl"))?;
    // Without cross attention, the last kind that there is.
    let cross = records.iter().find(|record| record.kind() == AttentionKind::Cross);
    let record = cross.or(records.last()).ok_or("the run has recorded nothing")?;
    let (layer, head, _) = record.best_aligned_head().unwrap_or((0, 0, 0.0));
    let [layer_count, head_count, ..] = record.shape();
    let (layers, heads): (Vec<usize>, Vec<usize>) = ((0..layer_count).collect(), (0..head_count).collect());
    std::fs::create_dir_all(out)?;

    // 1. Every kind of picture, light and dark.
    let mean = record.combine_heads(Combination::Mean);
    let pair = [record.one_head(layer, head), record.one_head(0, 0)];
    let best = ([layer], [head]);
    let plain = PlotOptions::default();
    let titled = |title: &str| PlotOptions { title: Some(title.to_string()), ..PlotOptions::default() };
    let pictures: Vec<(&str, Picture<'_>, PlotOptions)> = vec![
        ("head", Picture::Heads { record, layers: &best.0, heads: &best.1 }, plain.clone()),
        ("grid", Picture::Heads { record, layers: &layers, heads: &heads }, plain.clone()),
        ("sheet", Picture::Sheet { records: &records }, plain.clone()),
        ("lines", Picture::Lines { record, layers: &layers, heads: &heads }, plain.clone()),
        ("mean", Picture::Heads { record: &mean, layers: &layers, heads: &[0] }, titled("mean of the heads")),
        (
            "difference",
            Picture::Difference { records: [&pair[0], &pair[1]], layers: &[0], heads: &[0] },
            titled(&format!("layer {layer} · head {head} minus layer 0 · head 0")),
        ),
        ("curves", Picture::Curves { metrics: &metrics }, plain.clone()),
        (
            "log",
            Picture::Heads { record, layers: &layers, heads: &heads },
            PlotOptions { shading: Shading::Logarithmic, colormap: Colormap::Magma, ..plain.clone() },
        ),
        (
            "normalized",
            Picture::Heads { record, layers: &layers, heads: &heads },
            PlotOptions {
                full_colour: FullColour::PanelMaximum,
                threshold: Some(0.05),
                colormap: Colormap::Cividis,
                ..plain
            },
        ),
    ];
    let kinds = [(Theme::Light, Format::Png, ""), (Theme::Light, Format::Svg, ""), (Theme::Dark, Format::Png, "-dark")];
    for ((name, picture, options), (theme, format, suffix)) in
        pictures.iter().flat_map(|picture| kinds.map(|kind| (picture, kind)))
    {
        let drawn = draw(picture, &PlotOptions { theme, format, ..options.clone() })?;
        let file = format!("{name}{suffix}.{}", format.extension());
        write_whole(&out.join(&file), &drawn.bytes)?;
        println!("{file}: {} bytes", drawn.bytes.len());
    }

    // 2. The film: the same record at each step that the run kept.
    let mut files: Vec<_> = std::fs::read_dir(run.join("records"))?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    let mut kept: Vec<AttentionRecord> = Vec::new();
    for file in files {
        kept.extend(read_records(&file.path())?.into_iter().filter(|other| other.kind() == record.kind()));
    }
    let frame = |record| {
        let step = AttentionRecord::origin(record).step.unwrap_or(0);
        let loss = metrics.iter().find(|line| line.step == step).map(|line| format!(" · loss {:.3}", line.loss));
        Frame { record, title: format!("{} · step {step:>4}{}", record.kind().title(), loss.unwrap_or_default()) }
    };
    let frames: Vec<Frame<'_>> = kept.iter().map(frame).collect();
    let shown = FilmOptions { layers: &layers, heads: &heads, hundredths: 12 };
    let drawn = film(&frames, &shown, &PlotOptions { scale: 0.75, ..PlotOptions::default() })?;
    write_whole(&out.join("film.gif"), &drawn.gif)?;
    write_whole(&out.join("film.apng"), &drawn.apng)?;
    println!("film.gif: {} frames, {} bytes; film.apng: {} bytes", frames.len(), drawn.gif.len(), drawn.apng.len());
    Ok(())
}
