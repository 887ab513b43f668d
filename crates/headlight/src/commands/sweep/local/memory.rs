//! How many runs the machine's memory has room for.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

/// Memory that runs hold while they are trained.
pub(super) struct Memory {
    /// Bytes that nobody holds, and how many runs hold some; `None` where the system does not say how many there are.
    free: Option<Mutex<(u128, usize)>>,
    changed: Condvar,
}

/// What a process takes besides its training: the program itself, and buffers.
const PROCESS: u128 = 48 << 20;

impl Memory {
    /// What is available now.
    pub(super) fn of_this_machine() -> Self {
        Self::of(available())
    }

    fn of(available: Option<u128>) -> Self {
        Self { free: available.map(|bytes| Mutex::new((bytes, 0))), changed: Condvar::new() }
    }

    /// Does something that takes so much memory, once there is room for it; alone, where there is never enough.
    pub(super) fn while_it_holds<T>(&self, bytes: u128, work: impl FnOnce() -> T) -> T {
        let Some(free) = &self.free else { return work() };
        let bytes = bytes + PROCESS;
        let lacks_room = |(free, holders): &mut (u128, usize)| *free < bytes && *holders > 0;
        let mut held = free.lock().unwrap_or_else(PoisonError::into_inner);
        held = self.changed.wait_while(held, lacks_room).unwrap_or_else(PoisonError::into_inner);
        let taken = bytes.min(held.0);
        *held = (held.0 - taken, held.1 + 1);
        drop(held);
        let done = work();
        let mut held = free.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (held.0 + taken, held.1 - 1);
        drop(held);
        self.changed.notify_all();
        done
    }
}

/// The bytes that this machine, or the part of it that this process was given, has left; only Linux says so.
fn available() -> Option<u128> {
    let machine = number_after(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")? * 1024;
    let group = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = group.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let root = Path::new("/sys/fs/cgroup");
    let groups = root.join(group);
    let groups = groups.ancestors().take_while(|group| group.starts_with(root));
    groups.filter_map(left_in).chain([machine]).min()
}

/// What a control group has left of its limit, if it has one. Pages of files that the system can drop count as free.
fn left_in(group: &Path) -> Option<u128> {
    let number = |name| std::fs::read_to_string(group.join(name)).ok()?.trim().parse::<u128>().ok();
    let (limit, current) = (number("memory.max")?, number("memory.current")?);
    let stat = std::fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let droppable = number_after(&stat, "inactive_file").unwrap_or_default();
    Some(limit.saturating_sub(current.saturating_sub(droppable)))
}

/// The number behind a word at the beginning of a line.
fn number_after(text: &str, word: &str) -> Option<u128> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(word)).then(|| words.next()?.parse().ok())).flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// The most that were at work at once.
    fn most_at_once(memory: &Memory, bytes: u128) -> usize {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    memory.while_it_holds(bytes, || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(30));
                        now.fetch_sub(1, Ordering::SeqCst);
                    });
                });
            }
        });
        most.into_inner()
    }

    #[test]
    fn runs_wait_until_there_is_memory_for_them() {
        let room = |runs: u128| Memory::of(Some(runs * (1000 + PROCESS)));
        assert_eq!(most_at_once(&room(2), 1000), 2);
        assert_eq!(most_at_once(&room(1), 1000), 1);
        // Where there is never enough, they are trained alone all the same.
        assert_eq!(most_at_once(&Memory::of(Some(10)), 1000), 1);
        assert_eq!(most_at_once(&Memory::of(None), 1 << 60), 6);
    }

    #[test]
    fn numbers_are_found_behind_their_words() {
        let text = "MemTotal: 9 kB\nMemAvailable:   24 kB\ninactive_file 7\n";
        assert_eq!(number_after(text, "MemAvailable:"), Some(24));
        assert_eq!((number_after(text, "inactive_file"), number_after(text, "inactive")), (Some(7), None));
    }
}
