//! The options that decide what a run is.

use clap::Args;
use headlight_device::DeviceName;
use headlight_runs::{RunConfig, default_threads};
use headlight_train::TaskSpec;

use crate::commands::settings::SettingsArguments;

#[derive(Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(super) settings: SettingsArguments,
    /// Save a checkpoint, from which the run can be resumed, every N steps; with 0 only at the end [default: 100]
    #[arg(long, value_name = "N")]
    checkpoint_every: Option<usize>,
    /// Record the attention weights on one held-out example every N steps, in DIR/records
    #[arg(long, value_name = "N")]
    record_every: Option<usize>,
    /// Keep the parameters before the first step, every N steps and after the last, in DIR/parameters, for 'headlight lens training'
    #[arg(long, value_name = "N")]
    keep_parameters_every: Option<usize>,
    /// Number of replicas of the model, each trained on its own core [default: one per core, up to 8; 1 on wgpu]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Device to compute on, if this build has it: flex, ndarray, wgpu, or one of wgpu's adapters, such as wgpu:discrete;
    /// 'headlight devices' lists them. In a build with --features remote also another machine's, remote:HOST:PORT, with --token-file FILE
    /// and --remote-timeout SECONDS [default: flex]
    #[arg(long, value_name = "NAME")]
    device: Option<DeviceName>,
}

impl RunOptions {
    /// The run that was asked for, on all threads unless their number was given.
    pub(crate) fn config(&self, task: &'static TaskSpec) -> anyhow::Result<RunConfig> {
        let mut config = self.settings.config(task)?;
        config.device = self.device.clone().unwrap_or_default();
        config.threads = if config.device.takes_threads() { default_threads() } else { 1 };
        self.apply_to_the_run(&mut config);
        Ok(config)
    }

    /// The same, on one thread unless their number was given.
    pub(crate) fn config_of_many(&self, task: &'static TaskSpec) -> anyhow::Result<RunConfig> {
        let config = self.config(task)?;
        Ok(RunConfig { threads: self.threads.unwrap_or(1), ..config })
    }

    /// Sets what was given, and leaves the rest.
    pub(super) fn apply(&self, task: Option<&'static TaskSpec>, config: &mut RunConfig) -> anyhow::Result<()> {
        self.settings.apply(task.unwrap_or(config.task.spec), config)?;
        self.apply_to_the_run(config);
        Ok(())
    }

    fn apply_to_the_run(&self, config: &mut RunConfig) {
        if let Some(device) = &self.device {
            config.device = device.clone();
        }
        config.threads = self.threads.unwrap_or(config.threads);
        config.record_every = self.record_every.unwrap_or(config.record_every);
        config.keep_parameters_every = self.keep_parameters_every.unwrap_or(config.keep_parameters_every);
        config.checkpoint_every = self.checkpoint_every.unwrap_or(config.checkpoint_every);
    }
}
