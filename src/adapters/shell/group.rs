//! Process groups: whether one still is what it was, what is left of it, and signals to it.
//!
//! The shape of `/proc/PID/stat` is from `man 5 proc_pid_stat`.
#![expect(clippy::disallowed_methods, reason = "what the kernel tells of processes stands in files")]

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::{LazyLock, OnceLock};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::ports::Process;

/// What the kernel tells of a process.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: u8,
    group: u32,
    /// In clock ticks since boot.
    start: u64,
}

impl Stat {
    /// Of a process, if there is one and the system has such files.
    fn of(id: u32) -> Option<Self> {
        // Long enough for every field at its largest, so that one read is enough.
        let mut bytes = [0; 1024];
        let length =
            File::open(format!("/proc/{id}/stat")).and_then(|mut file| file.read(&mut bytes)).ok()?;
        Self::parse(&bytes[..length])
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        // The second field is the name of the program in parentheses, which may hold anything; no later
        // field has a parenthesis.
        let after_name = bytes.iter().rposition(|byte| *byte == b')')? + 1;
        let fields = std::str::from_utf8(&bytes[after_name..]).ok()?;
        let mut fields = fields.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let group = fields.nth(1)?.parse().ok()?;
        let start = fields.nth(16)?.parse().ok()?;
        Some(Self { state, group, start })
    }

    /// A zombie has ended; only nobody has asked how.
    const fn lives(&self) -> bool {
        !matches!(self.state, b'Z' | b'X' | b'x')
    }
}

/// As the kernel takes it. To it, group 1 means every process there is: never that.
pub(super) fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().filter(|id| *id > 1).and_then(Pid::from_raw)
}

/// What becomes readable when a process ends; none where the system has no such thing.
pub(super) fn end_of(id: u32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    return rustix::process::pidfd_open(pid(id)?, rustix::process::PidfdFlags::empty()).ok();
    #[cfg(not(target_os = "linux"))]
    return pid(id).and(None);
}

/// When a process started, in clock ticks since boot; 0 where the system does not tell.
fn start_of(id: u32) -> u64 {
    Stat::of(id).map_or(0, |stat| stat.start)
}

/// What time it is by the clock that the kernel notes the start of processes by, in its ticks: a hundred a second
/// wherever this program runs.
pub(super) fn clock() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        u64::try_from(now.tv_sec * 100 + now.tv_nsec / 10_000_000).unwrap_or(0)
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// When a process started, for whoever has started it since that time. That is one tick mostly, and then nothing
/// has to be read; that the two agree is seen by the first process.
pub(super) fn started_since(before: u64, id: u32) -> u64 {
    static AGREES: OnceLock<bool> = OnceLock::new();
    let now = clock();
    if before == now && AGREES.get() == Some(&true) {
        return now;
    }
    let start = start_of(id);
    AGREES.get_or_init(|| (before..=now).contains(&start));
    start
}

/// What tells this boot from any other; 0 where the system does not tell.
pub(super) fn boot() -> u64 {
    // It does not change while this process lives.
    static BOOT: LazyLock<u64> = LazyLock::new(|| {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        u64::from_str_radix(&digits, 16).unwrap_or(0)
    });
    *BOOT
}

/// Whether the process that has the id now is the one that is meant, at the head of its group. Where
/// the system does not tell, it is taken for another one.
pub(super) fn is_still(process: Process) -> bool {
    process.start != 0
        && process.boot != 0
        && process.boot == boot()
        && Stat::of(process.id).is_some_and(|stat| stat.start == process.start && stat.group == process.id)
}

/// Sends a signal to every process of a group; to nobody if all have ended.
pub(super) fn signal(id: u32, signal: Signal) {
    if let Some(pid) = pid(id) {
        let _ = kill_process_group(pid, signal);
    }
}

/// Whether any process of a group has not ended.
pub(super) fn lives(id: u32) -> bool {
    let Some(pid) = pid(id) else { return false };
    // Zombies count here, and stay for ever where the first process of a container reaps nobody.
    if matches!(test_kill_process_group(pid), Err(rustix::io::Errno::SRCH)) {
        return false;
    }
    let Ok(entries) = fs::read_dir("/proc") else { return true };
    let mut ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).peekable();
    // Without numbers in it, the folder is of another system than Linux.
    ids.peek().is_none() || ids.any(|id_| Stat::of(id_).is_some_and(|stat| stat.group == id && stat.lives()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let rest = "S 1 77 77 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 424242 1000 1 18446744073709551615";
        for name in ["sh", "a b", "x) Z 1 2 (3", "(((", ")))", "\u{1f600}"] {
            let read = Stat::parse(format!("5 ({name}) {rest}\n").as_bytes());
            assert_eq!(read, Some(Stat { state: b'S', group: 77, start: 424_242 }), "{name}");
        }
        assert!(Stat::parse(b"\xff\xfe) S 1 2").is_none());
        for cut in ["", "5", "5 (sh)", "5 (sh) S", "5 (sh) S 1 77 77 0"] {
            assert_eq!(Stat::parse(cut.as_bytes()), None, "{cut}");
        }
    }

    #[test]
    fn nobody_and_everybody_are_not_a_group() {
        for id in [0, 1, u32::MAX] {
            assert_eq!(pid(id), None);
            assert!(!lives(id));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_known_by_when_it_started() {
        let id = std::process::id();
        let start = start_of(id);
        assert_ne!(start, 0);
        assert_eq!(start, start_of(id));
        let now = clock();
        assert!((start..start + 60 * 100).contains(&now), "{start} {now}");
        let boot = boot();
        assert_ne!(boot, 0);
        assert!(!is_still(Process { id, start: start + 1, boot }));
        assert!(!is_still(Process { id, start: 0, boot }));
    }
}
