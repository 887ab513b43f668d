//! How much memory this process holds, in MiB. Linux tells; elsewhere there is no number.

/// What the process holds now.
pub(crate) fn resident_mib() -> Option<f64> {
    status_mib(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The most that it has held, since it began or since [`forget_peak`].
pub(crate) fn peak_mib() -> Option<f64> {
    status_mib(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// Begins a new peak. Where the system refuses, the old one stays, and a peak may be given too high.
pub(crate) fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

fn status_mib(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_in_mebibytes() {
        let status = "Name:\tx\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(status_mib(status, "VmHWM:"), Some(2.0));
        assert_eq!(status_mib(status, "VmRSS:"), Some(1.0));
        assert_eq!(status_mib(status, "VmSwap:"), None);
    }
}
