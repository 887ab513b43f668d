use std::time::Duration;

use clap::Args;
use headlight_model::{Adapter, AdapterKind, Architecture, DeviceName, adapters};
use headlight_train::{RunConfig, StepTimes, TaskName, TrainError, default_threads};

use crate::output::{note, say};

/// What a measurement stops at, whichever comes first.
const STEPS: usize = 50;
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct DevicesArguments {
    /// Measure a training step on each: copy by a decoder of two layers of four heads
    #[arg(long)]
    measure: bool,
    /// Measure these devices only [default: all in this build]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "measure")]
    device: Vec<DeviceName>,
    /// Measure models of these widths
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "measure", default_value = "64")]
    d_model: Vec<usize>,
    /// Measure batches of so many examples
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "measure", default_value = "64")]
    batch_size: Vec<usize>,
    /// Measure examples of so many symbols
    #[arg(long, value_name = "N", requires = "measure", default_value = "10")]
    length: usize,
}

pub(crate) fn devices(arguments: &DevicesArguments) -> anyhow::Result<()> {
    if arguments.measure { arguments.measure() } else { list() }
}

/// What this build has, and what this machine offers.
fn list() -> anyhow::Result<()> {
    let adapters = adapters();
    for device in DeviceName::ALL {
        let state = match (device, device.is_built()) {
            (_, false) => format!("not in this build; cargo run --features {} has it", device.feature()),
            (DeviceName::Wgpu(_), true) => match adapters.len() {
                0 => "in this build, but this machine offers it no adapter".to_string(),
                1 => "in this build; this machine offers it one adapter".to_string(),
                count => format!("in this build; this machine offers it {count} adapters"),
            },
            (_, true) => format!("in this build; on the processor, {} threads", default_threads()),
        };
        let default = if device == DeviceName::default() { " (the default)" } else { "" };
        say(format_args!("{device:8} {state}{default}"))?;
    }
    if !adapters.is_empty() {
        say("")?;
        let rows = adapters.iter().enumerate().map(|(index, adapter)| {
            [choices(&adapters, index), adapter.name.clone(), adapter.kind.to_string(), adapter.api.clone()]
                .into_iter()
                .chain([adapter.driver.clone()])
                .collect()
        });
        let header = ["--device", "adapter", "kind", "interface", "driver"].map(str::to_string).to_vec();
        table(&[vec![header], rows.collect()].concat())?;
    }
    say("")?;
    say("How fast each is here: headlight devices --measure")
}

/// The names by which an adapter is chosen: its number, its kind where it is the first, and nothing where it is the fastest.
fn choices(adapters: &[Adapter], index: usize) -> String {
    let kind = adapters[index].kind;
    let mut names = vec![format!("wgpu:{index}")];
    let has_name = matches!(kind, AdapterKind::Discrete | AdapterKind::Integrated | AdapterKind::Cpu);
    if has_name && adapters[..index].iter().all(|before| before.kind != kind) {
        names.push(format!("wgpu:{kind}"));
    }
    let fastest = (0..adapters.len()).min_by_key(|at| adapters[*at].kind);
    if fastest == Some(index) {
        names.push("wgpu".to_string());
    }
    names.join(", ")
}

impl DevicesArguments {
    fn measure(&self) -> anyhow::Result<()> {
        let devices = if self.device.is_empty() { DeviceName::built().collect() } else { self.device.clone() };
        let sizes: Vec<_> =
            self.d_model.iter().flat_map(|width| self.batch_size.iter().map(|batch| (*width, *batch))).collect();
        // What is wrong with a size is said before anything is measured.
        for (d_model, batch_size) in &sizes {
            for device in &devices {
                self.config(*device, *d_model, *batch_size).check()?;
            }
        }
        say(format_args!(
            "A training step of copy: a decoder of 2 layers of 4 heads, examples of {} symbols ({} tokens).",
            self.length,
            self.config(DeviceName::default(), 64, 1).task.max_length(),
        ))?;
        let header = ["d_model", "batch", "device", "threads", "first step", "median step", "steps/s", "of steps", ""];
        let mut rows = vec![header.map(str::to_string).to_vec()];
        for (d_model, batch_size) in sizes {
            let measured: Vec<_> = devices
                .iter()
                .filter_map(|device| Some((*device, self.measured(*device, d_model, batch_size)?)))
                .collect();
            let fastest = measured.iter().map(|(_, times)| times.median).min();
            rows.extend(measured.iter().map(|(device, times)| {
                let StepTimes { first, median, steps } = times;
                let threads = self.config(*device, d_model, batch_size).threads;
                let is_fastest = measured.len() > 1 && Some(*median) == fastest;
                [d_model.to_string(), batch_size.to_string(), device.to_string(), threads.to_string()]
                    .into_iter()
                    .chain([milliseconds(*first), milliseconds(*median), rate(*median), steps.to_string()])
                    .chain([if is_fastest { "fastest" } else { "" }.to_string()])
                    .collect()
            }));
        }
        if rows.len() == 1 {
            anyhow::bail!("none of these devices could be measured");
        }
        table(&rows)
    }

    fn config(&self, device: DeviceName, d_model: usize, batch_size: usize) -> RunConfig {
        let mut config = RunConfig::for_task(TaskName::Copy, Architecture::Decoder);
        config.task.length = self.length;
        config.threads = if device.takes_threads() { default_threads() } else { 1 };
        RunConfig { device, d_model, d_ff: 4 * d_model, batch_size, ..config }
    }

    /// `None` where the device does not start, which is said.
    fn measured(&self, device: DeviceName, d_model: usize, batch_size: usize) -> Option<StepTimes> {
        if !device.takes_threads() {
            note(format_args!("measuring {device}: compiling shaders, which can take a minute …"));
        }
        match StepTimes::measure(self.config(device, d_model, batch_size), STEPS, LIMIT) {
            Ok(times) => Some(times),
            Err(TrainError::Device(error)) => {
                note(format_args!("note: {device} is left out: {error}"));
                None
            }
            Err(error) => {
                note(format_args!("note: {device} is left out at d_model {d_model}: {error}"));
                None
            }
        }
    }
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 100.0 { format!("{milliseconds:.2} ms") } else { format!("{milliseconds:.0} ms") }
}

fn rate(time: Duration) -> String {
    let rate = 1.0 / time.as_secs_f64();
    if rate < 10.0 { format!("{rate:.2}") } else { format!("{rate:.0}") }
}

/// Prints rows in columns under a header, numbers to the right.
fn table(rows: &[Vec<String>]) -> anyhow::Result<()> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let is_number = |cell: &String| cell.trim_end_matches(" ms").parse::<f64>().is_ok();
    let is_right: Vec<bool> = (0..columns).map(|column| rows[1..].iter().all(|row| is_number(&row[column]))).collect();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).zip(&is_right);
        let cells = cells.map(|((cell, width), is_right)| match is_right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:width$}"),
        });
        say(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
