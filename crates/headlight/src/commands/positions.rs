use headlight_model::{alibi_biases, rotary_angles, sinusoidal_positions};
use headlight_plot::{alibi_chart, rotary_chart, sinusoidal_chart};
use headlight_record::findings::Chart;
use headlight_runs::SavedRun;

/// How many positions are shown: enough to see the waves.
const POSITIONS: usize = 48;

/// The three position encodings that need nothing learned, for the width of the run's model.
pub(crate) fn positions(run: &SavedRun) -> Vec<Chart> {
    let (d_model, n_heads, device) = (run.config.model.d_model, run.config.model.n_heads, &run.device);
    let d_head = d_model / n_heads;
    let sinusoids: Vec<f32> = sinusoidal_positions(POSITIONS, d_model, device).into_data().iter().collect();
    let mut charts = vec![sinusoidal_chart(&sinusoids, d_model)];
    if d_head.is_multiple_of(2) {
        let angles: Vec<f32> = rotary_angles(POSITIONS, d_head, device).into_data().iter().collect();
        charts.push(rotary_chart(&angles, d_head));
    }
    let biases: Vec<f32> = alibi_biases(n_heads, POSITIONS, device).into_data().iter().collect();
    charts.push(alibi_chart(&biases, POSITIONS));
    charts
}
