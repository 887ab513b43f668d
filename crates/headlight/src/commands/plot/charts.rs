use std::path::Path;

use headlight_plot::{Drawn, Picture, PlotOptions, draw};
use headlight_record::Findings;
use headlight_record::findings::{Chart, Grid, Scale};

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

/// The findings in a JSON file that `headlight lens --json` wrote; `None` where the path is of something else.
pub(super) fn findings_in(path: &Path) -> anyhow::Result<Option<Findings>> {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json || !path.is_file() {
        return Ok(None);
    }
    let read = || Ok::<_, anyhow::Error>(Findings::from_json(&std::fs::read(path)?)?);
    let findings = read().map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    match findings {
        Some(findings) if findings.charts.is_empty() => {
            anyhow::bail!("{}: this lens has nothing to draw: choose another's findings", path.display())
        }
        findings => Ok(findings),
    }
}

/// Whether a chart has the colours of weights.
pub(super) fn shows_shares(chart: &Chart) -> bool {
    matches!(chart, Chart::Grid(Grid { scale: Scale::Share, .. }) | Chart::Cells(_))
}

/// Whether a chart has cells.
pub(super) fn has_cells(chart: &Chart) -> bool {
    matches!(chart, Chart::Grid(_) | Chart::Cells(_))
}
