//! The machine that measures, and how busy it is.

use serde::Serialize;

/// Above this, something else runs, and PyTorch's threads wait for each other.
const QUIET: f64 = 0.5;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// Processes that wanted to run, on average over the last minute.
    pub(crate) load_before: Option<f64>,
    pub(crate) load_after: Option<f64>,
}

impl Machine {
    /// This one, after the work.
    pub(crate) fn describe(load_before: Option<f64>) -> Self {
        let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor(&information).unwrap_or("unknown processor").to_string();
        Self { processor, cores: cores(), load_before, load_after: load() }
    }
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The load average of the last minute, where the system tells it.
pub(crate) fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// What to say about a load that spoils the numbers.
pub(crate) fn warning(load: Option<f64>) -> Option<String> {
    let load = load.filter(|load| *load > QUIET)?;
    Some(format!("warning: the load is {load:.2} before anything was measured; end what else runs, and measure again"))
}

fn processor(information: &str) -> Option<&str> {
    let line = information.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_machine_is_warned_of() {
        assert_eq!(warning(None), None);
        assert_eq!(warning(Some(0.4)), None);
        assert!(warning(Some(1.25)).is_some_and(|line| line.contains("1.25")));
    }

    #[test]
    fn the_processors_name_is_found() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: Fast: 9\nmodel name\t: Fast: 9\n"), Some("Fast: 9"));
        assert_eq!(processor("processor : 0"), None);
    }
}
