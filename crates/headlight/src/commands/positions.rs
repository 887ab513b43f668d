use headlight_model::{alibi_biases, rotary_angles, sinusoidal_positions};
use headlight_plot::{Drawn, Matrix, Picture, PlotOptions, draw};
use headlight_train::SavedRun;

/// How many places are shown: enough to see the waves.
const PLACES: usize = 48;

/// The three ways of telling places apart that need nothing learned, as wide as the run's model.
pub(crate) fn positions(run: &SavedRun, options: &PlotOptions) -> anyhow::Result<Vec<(String, Drawn)>> {
    let (d_model, n_heads) = (run.config.d_model, run.config.n_heads);
    let d_head = d_model / n_heads;
    let count = |what: &str, count: usize| (what.to_string(), (0..count).map(|at| at.to_string()).collect());
    let mut matrices = vec![(
        "positions_sinusoidal",
        Matrix {
            title: format!("sinusoidal positions · d_model {d_model}"),
            panels: vec![(
                String::new(),
                sinusoidal_positions(PLACES, d_model, &run.device).into_data().iter().collect(),
            )],
            down: count("place", PLACES),
            across: count("feature", d_model),
            values: "added to the embedding".to_string(),
        },
    )];
    if d_head.is_multiple_of(2) {
        let angles: Vec<f32> = rotary_angles(PLACES, d_head, &run.device).into_data().iter().collect();
        let of_angles = |turn: fn(f32) -> f32| angles.iter().map(|angle| turn(*angle)).collect();
        matrices.push((
            "positions_rotary",
            Matrix {
                title: format!("rotary positions · d_head {d_head}"),
                panels: vec![("cos".to_string(), of_angles(f32::cos)), ("sin".to_string(), of_angles(f32::sin))],
                down: count("place", PLACES),
                across: count("pair of features", d_head / 2),
                values: "by which a pair is turned".to_string(),
            },
        ));
    }
    let biases: Vec<f32> = alibi_biases(n_heads, PLACES, &run.device).into_data().iter().collect();
    let heads = biases.chunks_exact(PLACES * PLACES).enumerate();
    matrices.push((
        "positions_alibi",
        Matrix {
            title: format!("ALiBi · {n_heads} heads"),
            panels: heads.map(|(head, values)| (format!("head {head}"), values.to_vec())).collect(),
            down: count("query", PLACES),
            across: count("key", PLACES),
            values: "added to the score".to_string(),
        },
    ));
    let drawn = |(name, matrix): (&str, Matrix)| {
        Ok((format!("{name}.{}", options.format.extension()), draw(&Picture::Matrix(&matrix), options)?))
    };
    matrices.into_iter().map(drawn).collect()
}
