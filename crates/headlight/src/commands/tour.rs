use std::path::Path;

use headlight_model::Architecture;
use headlight_runs::{Replace, RunConfig};
use headlight_train::tasks;

use super::train::train_and_draw;
use crate::output::say;

/// Where the tour's run goes.
const TOUR: &str = "runs/copy";
/// Steps between the recorded moments of its page.
const RECORD_EVERY: usize = 5;

pub(crate) fn tour() -> anyhow::Result<()> {
    let config = RunConfig {
        tour: true,
        record_every: RECORD_EVERY,
        ..RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder)
    };
    let path = Path::new(TOUR);
    train_and_draw(config, path, Replace::Tour, false)?;
    let headlight = if std::env::var_os("CARGO").is_some() { "cargo run -q --" } else { "headlight" };
    say(format_args!("Next, let it copy something:  {headlight} generate {TOUR} --input \"3 1 4 1 5 9 2 6 5 3\""))?;
    say(format_args!("or draw other tokens:         {headlight} plot {TOUR} --input \"0 0 0 0 0 1 1 1 1 1\""))
}
