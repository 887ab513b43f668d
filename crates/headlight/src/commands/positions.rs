use headlight_model::{alibi_biases, rotary_angles, sinusoidal_positions};
use headlight_plot::{Drawn, Matrix, Picture, PlotOptions, draw};
use headlight_runs::SavedRun;

/// How many positions are shown: enough to see the waves.
const POSITIONS: usize = 48;

/// The three position encodings that need nothing learned, for the width of the run's model.
pub(crate) fn positions(run: &SavedRun, options: &PlotOptions) -> anyhow::Result<Vec<(String, Drawn)>> {
    let (d_model, n_heads, device) = (run.config.model.d_model, run.config.model.n_heads, &run.device);
    let d_head = d_model / n_heads;
    let sinusoids = sinusoidal_positions(POSITIONS, d_model, device).into_data().iter().collect();
    let mut matrices = vec![("positions_sinusoidal", Matrix::sinusoidal_positions(sinusoids, d_model))];
    if d_head.is_multiple_of(2) {
        let angles: Vec<f32> = rotary_angles(POSITIONS, d_head, device).into_data().iter().collect();
        matrices.push(("positions_rotary", Matrix::rotary_positions(&angles, d_head)));
    }
    let biases: Vec<f32> = alibi_biases(n_heads, POSITIONS, device).into_data().iter().collect();
    matrices.push(("positions_alibi", Matrix::alibi_positions(&biases, POSITIONS)));
    let drawn = |(name, matrix): (&str, Matrix)| {
        Ok((format!("{name}.{}", options.format.extension()), draw(&Picture::Matrix(&matrix), options)?))
    };
    matrices.into_iter().map(drawn).collect()
}
