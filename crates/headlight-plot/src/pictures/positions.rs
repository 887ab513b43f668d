//! How position encodings are shown: what their numbers are called, whoever computed them.

use crate::pictures::matrix::Matrix;

impl Matrix {
    /// Sinusoidal position encodings, a row a position.
    ///
    /// # Shapes
    ///
    /// - values: `[seq_length, d_model]`, row-major
    pub fn sinusoidal_positions(values: Vec<f32>, d_model: usize) -> Self {
        Self {
            title: format!("sinusoidal positions · d_model {d_model}"),
            down: counted("place", values.len() / d_model.max(1)),
            across: counted("feature", d_model),
            panels: vec![(String::new(), values)],
            values: "added to the embedding".to_string(),
        }
    }

    /// Rotary position encodings, a row a position: cosine and sine of the angles by which pairs of features are turned.
    ///
    /// # Shapes
    ///
    /// - angles: `[seq_length, d_head / 2]`, row-major, in radians
    pub fn rotary_positions(angles: &[f32], d_head: usize) -> Self {
        let of_angles = |turn: fn(f32) -> f32| angles.iter().map(|angle| turn(*angle)).collect();
        let pairs = d_head / 2;
        Self {
            title: format!("rotary positions · d_head {d_head}"),
            panels: vec![("cos".to_string(), of_angles(f32::cos)), ("sin".to_string(), of_angles(f32::sin))],
            down: counted("place", angles.len() / pairs.max(1)),
            across: counted("pair of features", pairs),
            values: "cosine or sine of the angle".to_string(),
        }
    }

    /// The biases of ALiBi, a panel a head.
    ///
    /// # Shapes
    ///
    /// - biases: `[n_heads, seq_length, seq_length]`, row-major
    pub fn alibi_positions(biases: &[f32], seq_length: usize) -> Self {
        let heads = biases.chunks_exact((seq_length * seq_length).max(1)).enumerate();
        let panels: Vec<_> = heads.map(|(head, values)| (format!("head {head}"), values.to_vec())).collect();
        Self {
            title: format!("ALiBi · {} heads", panels.len()),
            panels,
            down: counted("query", seq_length),
            across: counted("key", seq_length),
            values: "added to the score".to_string(),
        }
    }
}

fn counted(what: &str, count: usize) -> (String, Vec<String>) {
    (what.to_string(), (0..count).map(|at| at.to_string()).collect())
}
