use headlight_plot::{Drawn, Picture, PlotOptions, draw};
use headlight_record::findings::Chart;

/// Each chart drawn, under the name of its file: the chart's own, then `ending`.
///
/// # Errors
///
/// When a chart's name is no plain name for a file, two charts have one name, or a chart cannot be drawn.
pub(crate) fn drawn(charts: &[Chart], options: &PlotOptions, ending: &str) -> anyhow::Result<Vec<(String, Drawn)>> {
    let mut pictures: Vec<(String, Drawn)> = Vec::new();
    for chart in charts {
        let name = chart.name();
        let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+'));
        let file = format!("{name}{ending}.{}", options.format.extension());
        if !is_plain || pictures.iter().any(|(other, _)| *other == file) {
            anyhow::bail!(
                "'{name}' cannot name a picture: a name has letters, digits, '_', '-' and '+', and stands once"
            );
        }
        pictures.push((file, draw(&Picture::Chart(chart), options)?));
    }
    Ok(pictures)
}
