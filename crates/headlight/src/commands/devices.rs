use std::time::Duration;

use clap::Args;
use headlight_device::{Adapter, AdapterKind, DeviceName, WgpuAdapter, adapters};
use headlight_model::Architecture;
use headlight_runs::{RunConfig, RunError, StepTimes, default_threads};
use headlight_train::tasks;

use super::device::announce;
use crate::output::{note, say};

/// What a measurement stops at, whichever comes first.
const STEPS: usize = 50;
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct DevicesArguments {
    /// Measure a training step on each device: copy, with a decoder of two layers of four heads
    #[arg(long)]
    measure: bool,
    /// Measure only these devices [default: all in this build, and each graphics card of wgpu's]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "measure")]
    device: Vec<DeviceName>,
    /// Widths of the models to measure
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "measure", default_value = "64")]
    d_model: Vec<usize>,
    /// Batch sizes to measure
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "measure", default_value = "64")]
    batch_size: Vec<usize>,
    /// Length of the examples to measure
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
        let state = match (&device, device.is_built()) {
            (_, false) => format!("not in this build; add it with cargo run --features {}", device.feature()),
            (DeviceName::Wgpu(_), true) => match adapters.len() {
                0 => "in this build, but this machine has no adapter for it".to_string(),
                1 => "in this build; this machine has one adapter for it".to_string(),
                count => format!("in this build; this machine has {count} adapters for it"),
            },
            (_, true) => format!("in this build; on the processor, {} threads", default_threads()),
        };
        let default = if device == DeviceName::default() { " (the default)" } else { "" };
        say(format_args!("{device:8} {state}{default}"))?;
    }
    let remote = if cfg!(feature = "remote") {
        "in this build: what 'headlight serve' offers on another machine, as --device remote:HOST:PORT"
    } else {
        "not in this build; add it with cargo run --features remote"
    };
    say(format_args!("{:8} {remote}", "remote"))?;
    if !adapters.is_empty() {
        say("")?;
        let header = ["--device", "adapter", "kind", "interface", "driver"].map(str::to_string);
        let rows = adapters.iter().enumerate().map(|(index, adapter)| {
            let Adapter { name, kind, api, driver, .. } = adapter.clone();
            [choices(&adapters, index), name, kind.to_string(), api, driver]
        });
        table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())?;
        for (index, adapter) in adapters.iter().enumerate() {
            if let Some(lacks) = &adapter.lacks {
                say(format_args!("wgpu:{index} cannot be used: {lacks}"))?;
            }
        }
    }
    say("")?;
    say("Measure how fast each is here: headlight devices --measure")
}

/// The names by which an adapter is chosen: its number, its kind where it is the first of them that can compute, and nothing where
/// it is the fastest.
fn choices(adapters: &[Adapter], index: usize) -> String {
    let Adapter { kind, lacks, .. } = &adapters[index];
    let mut names = vec![format!("wgpu:{index}")];
    if lacks.is_some() {
        return names.remove(0);
    }
    let has_name = matches!(kind, AdapterKind::Discrete | AdapterKind::Integrated | AdapterKind::Cpu);
    if has_name && adapters[..index].iter().all(|before| before.kind != *kind || before.lacks.is_some()) {
        names.push(format!("wgpu:{kind}"));
    }
    let fastest = (0..adapters.len()).min_by_key(|at| adapters[*at].speed());
    if fastest == Some(index) {
        names.push("wgpu".to_string());
    }
    names.join(", ")
}

/// What is measured where nothing is asked for: the devices of this build.
fn measurable() -> Vec<DeviceName> {
    let each = |device| match device {
        DeviceName::Wgpu(_) => each_card(&adapters()),
        device => vec![device],
    };
    DeviceName::built().flat_map(each).collect()
}

/// Where wgpu has several graphics cards, each of them, and else the likely fastest adapter. A processor that plays a card beside
/// others would take minutes, and can be asked for by name.
fn each_card(adapters: &[Adapter]) -> Vec<DeviceName> {
    let is_card = |adapter: &Adapter| adapter.lacks.is_none() && adapter.kind != AdapterKind::Cpu;
    let cards = (0..adapters.len()).filter(|index| is_card(&adapters[*index]));
    let cards: Vec<_> = cards.map(|index| DeviceName::Wgpu(WgpuAdapter::Index(index))).collect();
    if cards.len() > 1 { cards } else { vec![DeviceName::Wgpu(WgpuAdapter::Fastest)] }
}

impl DevicesArguments {
    /// Prints a row as soon as it is measured: what was measured stays, should a device fail at a larger size.
    fn measure(&self) -> anyhow::Result<()> {
        let is_asked = !self.device.is_empty();
        let mut devices = if is_asked { self.device.clone() } else { measurable() };
        let sizes: Vec<_> =
            self.d_model.iter().flat_map(|width| self.batch_size.iter().map(|batch| (*width, *batch))).collect();
        // What is wrong with a size is said before anything is measured.
        for (d_model, batch_size) in &sizes {
            for device in &devices {
                self.config(device, *d_model, *batch_size).check()?;
            }
        }
        for device in devices.clone() {
            match device.open() {
                Ok(_) => {}
                // One that was asked for is missed; of the others, the last.
                Err(error) if is_asked || devices.len() == 1 => return Err(RunError::from(error).into()),
                Err(error) => {
                    note(format_args!("note: leaving out {device}: {error}"));
                    devices.retain(|left| *left != device);
                }
            }
        }
        devices.iter().for_each(announce);

        say(format_args!(
            "A training step of copy: a decoder of 2 layers of 4 heads, d_ff 4 × d_model, examples of {} symbols ({} tokens).",
            self.length,
            self.config(&DeviceName::default(), 64, 1).task.max_length(),
        ))?;
        let longest = devices.iter().map(|device| device.to_string().len()).max().unwrap_or(0);
        let row = |cells: [&str; 9]| {
            let [d_model, batch, device, threads, first, median, rate, steps, share] = cells;
            say(format_args!(
                "{d_model:>7}  {batch:>6}  {device:longest$}  {threads:>7}  {first:>10}  {median:>11}  {rate:>7}  \
                 {steps:>8}  {share:>8}"
            ))
        };
        row(["d_model", "batch", "device", "threads", "first step", "median step", "steps/s", "of steps", "relative"])?;
        let mut failure = None;
        for (d_model, batch_size) in sizes {
            let mut first_median = None;
            for device in &devices {
                let config = self.config(device, d_model, batch_size);
                let threads = config.threads.to_string();
                note(format_args!("measuring {device}: width {d_model}, batch {batch_size} …"));
                let StepTimes { first, median, steps } = match StepTimes::measure(&config, STEPS, LIMIT) {
                    Ok(times) => times,
                    Err(error) => {
                        note(format_args!("note: leaving out {device} at this size: {error}"));
                        failure.get_or_insert(error);
                        continue;
                    }
                };
                let share = median.as_secs_f64() / first_median.get_or_insert(median).as_secs_f64();
                row([
                    &d_model.to_string(),
                    &batch_size.to_string(),
                    &device.to_string(),
                    &threads,
                    &milliseconds(first),
                    &milliseconds(median),
                    &rate(median),
                    &steps.to_string(),
                    &format!("{share:.2}"),
                ])?;
            }
        }
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    fn config(&self, device: &DeviceName, d_model: usize, batch_size: usize) -> RunConfig {
        let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        config.task.length = self.length;
        config.threads = if device.takes_threads() { default_threads() } else { 1 };
        (config.device, config.training.batch_size) = (device.clone(), batch_size);
        (config.model.d_model, config.model.d_ff) = (d_model, 4 * d_model);
        config
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

/// Prints rows in columns under a header.
fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> anyhow::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        say(cells.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_graphics_card_is_measured_where_there_are_several() {
        let adapter = |kind, lacks: Option<&str>| Adapter {
            name: String::new(),
            kind,
            api: String::new(),
            driver: String::new(),
            lacks: lacks.map(str::to_string),
        };
        let (card, processor) = (adapter(AdapterKind::Discrete, None), adapter(AdapterKind::Cpu, None));
        let broken = adapter(AdapterKind::Discrete, Some("it has no compute shaders"));
        for adapters in [&[][..], std::slice::from_ref(&processor), &[card.clone(), processor.clone(), broken.clone()]]
        {
            assert_eq!(each_card(adapters), [DeviceName::Wgpu(WgpuAdapter::Fastest)], "{adapters:?}");
        }
        let two = [WgpuAdapter::Index(1), WgpuAdapter::Index(3)].map(DeviceName::Wgpu);
        assert_eq!(each_card(&[broken, card.clone(), processor, card]), two);
    }
}
