//! A run at its last checkpoint, and whether its files belong together.

use headlight_record::{StepMetrics, without_clock};

use crate::config_error::or_none;
use crate::config_file::{Change, changes};
use crate::files::Files;
use crate::layout::Layout;
use crate::run::Earlier;
use crate::{Checkpoint, Damage, RunConfig, RunError};

/// What a run is resumed from.
pub(crate) struct AtRest {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) earlier: Earlier,
    /// The length of the part of `metrics.jsonl` that belongs to the checkpoint, in bytes.
    pub(crate) kept_bytes: u64,
}

impl AtRest {
    /// Reads a run's checkpoint and trusts none of it; `None` where there is no checkpoint yet.
    ///
    /// # Errors
    ///
    /// When a file is missing, damaged or of another Headlight, or files do not belong together.
    pub(crate) fn read(files: Files<'_>, config: &RunConfig) -> Result<Option<Self>, RunError> {
        if !files.has(Layout::CHECKPOINT) {
            return Ok(None);
        }
        let bytes = files.read_listed(Layout::CHECKPOINT)?;
        let checkpoint = config.check_size_of(&bytes).and_then(|()| Checkpoint::from_bytes(&bytes));
        let checkpoint = checkpoint.map_err(|damage| RunError::damaged(&files.path(Layout::CHECKPOINT), damage))?;
        if let Some(Change { name, before, after }) = changes(&checkpoint.config, config).into_iter().find(changes_run)
        {
            let (config, checkpoint) = (or_none(&after).to_string(), or_none(&before).to_string());
            let damage = Damage::OtherConfig { name, config, checkpoint };
            return Err(RunError::damaged(&files.path(Layout::CONFIG), damage));
        }
        let lines = lines_before(&files.read(Layout::METRICS)?, &checkpoint);
        let (earlier, kept_bytes) = lines.map_err(|damage| RunError::damaged(&files.path(Layout::METRICS), damage))?;
        Ok(Some(Self { checkpoint, earlier, kept_bytes }))
    }
}

/// Whether a run with this change is another one from its first step on.
pub(crate) fn changes_run(change: &Change) -> bool {
    !["max_steps", "checkpoint_every"].contains(&change.name.as_str())
}

/// Whether one of the steps so far had another learning rate: that of a schedule which ends with the run depends on its steps.
pub(crate) fn has_other_rates(one: &RunConfig, other: &RunConfig, step: usize) -> bool {
    let rate = |config: &RunConfig, step| config.training.learning_rate_at(step).to_bits();
    (1..=step).any(|step| rate(one, step) != rate(other, step))
}

/// Checks the lines of `metrics.jsonl` up to the checkpoint, and says how many bytes they are.
fn lines_before(bytes: &[u8], checkpoint: &Checkpoint) -> Result<(Earlier, u64), Damage> {
    let step = checkpoint.state.step;
    let mut earlier = Earlier { checkpoint: Some(step), ..Earlier::default() };
    let (mut lines, mut kept_bytes) = (0, 0);
    for bytes in bytes.split_inclusive(|byte| *byte == b'\n').take(step) {
        lines += 1;
        let text = str::from_utf8(bytes).map_err(|_| Damage::NotText { line: lines })?;
        let metrics: StepMetrics = serde_json::from_str(text).map_err(|source| Damage::Line { line: lines, source })?;
        if metrics.step != lines || !text.ends_with('\n') {
            return Err(Damage::OtherStep { line: lines });
        }
        earlier.metrics_crc32.update(without_clock(text).as_bytes());
        earlier.seconds = metrics.seconds;
        kept_bytes += bytes.len() as u64;
    }
    if lines < step {
        return Err(Damage::FewLines { lines, step });
    }
    if earlier.metrics_crc32.clone().finalize() != checkpoint.metrics_crc32 {
        return Err(Damage::OtherLines { step });
    }
    Ok((earlier, kept_bytes))
}
