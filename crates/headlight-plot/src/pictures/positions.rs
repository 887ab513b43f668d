//! How position encodings are shown: what their numbers are called, whoever computed them.

use headlight_record::findings::{Axis, Chart, Grid, Scale};

/// Sinusoidal position encodings, a row a position.
///
/// # Shapes
///
/// - values: `[seq_length, d_model]`, row-major
pub fn sinusoidal_chart(values: &[f32], d_model: usize) -> Chart {
    Chart::Grid(Grid {
        name: "positions_sinusoidal".to_string(),
        title: format!("sinusoidal positions · d_model {d_model}"),
        quantity: "added to the embedding".to_string(),
        scale: Scale::Signed,
        down: counted("place", values.len() / d_model.max(1)),
        across: counted("feature", d_model),
        panels: vec![(String::new(), widened(values.iter().copied()))],
    })
}

/// Rotary position encodings, a row a position: cosine and sine of the angles by which pairs of features are turned.
///
/// # Shapes
///
/// - angles: `[seq_length, d_head / 2]`, row-major, in radians
pub fn rotary_chart(angles: &[f32], d_head: usize) -> Chart {
    let of_angles = |turn: fn(f32) -> f32| widened(angles.iter().map(|angle| turn(*angle)));
    let pairs = d_head / 2;
    Chart::Grid(Grid {
        name: "positions_rotary".to_string(),
        title: format!("rotary positions · d_head {d_head}"),
        quantity: "cosine or sine of the angle".to_string(),
        scale: Scale::Signed,
        down: counted("place", angles.len() / pairs.max(1)),
        across: counted("pair of features", pairs),
        panels: vec![("cos".to_string(), of_angles(f32::cos)), ("sin".to_string(), of_angles(f32::sin))],
    })
}

/// The biases of ALiBi, a panel a head.
///
/// # Shapes
///
/// - biases: `[n_heads, seq_length, seq_length]`, row-major
pub fn alibi_chart(biases: &[f32], seq_length: usize) -> Chart {
    let heads = biases.chunks_exact((seq_length * seq_length).max(1)).enumerate();
    let panels: Vec<_> =
        heads.map(|(head, values)| (format!("head {head}"), widened(values.iter().copied()))).collect();
    Chart::Grid(Grid {
        name: "positions_alibi".to_string(),
        title: format!("ALiBi · {} heads", panels.len()),
        quantity: "added to the score".to_string(),
        scale: Scale::Signed,
        down: counted("query", seq_length),
        across: counted("key", seq_length),
        panels,
    })
}

fn counted(what: &str, count: usize) -> Axis {
    Axis { title: what.to_string(), labels: (0..count).map(|at| at.to_string()).collect() }
}

fn widened(values: impl Iterator<Item = f32>) -> Vec<f64> {
    values.map(f64::from).collect()
}
