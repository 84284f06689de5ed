//! What the system says of this process (Linux; elsewhere less is known).

use std::fs;

use jiff::Timestamp;

use super::text::Text;

/// Linux counts a process's time in these, whatever its own clock has.
const TICKS_PER_SECOND: f64 = 100.0;

/// Writes what every process is asked for.
pub(super) fn write(out: &mut Text, started: Timestamp) {
    out.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.");
    out.sample(&[], started.as_second());
    if let Some(ticks) = cpu_ticks() {
        out.counter("process_cpu_seconds_total", "Processor time, of the user and of the system.");
        out.sample(&[], ticks / TICKS_PER_SECOND);
    }
    let gauges = [
        ("process_resident_memory_bytes", "Memory that is resident.", resident_bytes()),
        ("process_open_fds", "Descriptors that are open.", open_descriptors()),
        ("process_max_fds", "Descriptors that may be open.", max_descriptors()),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            out.gauge(name, help);
            out.sample(&[], value);
        }
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

fn open_descriptors() -> Option<u64> {
    // One is open to read the folder.
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(open.saturating_sub(1) as u64)
}

fn max_descriptors() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu_ticks() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_all_of_it() {
        assert!(resident_bytes().unwrap() > 100_000);
        assert!(open_descriptors().unwrap() >= 3);
        assert!(max_descriptors().unwrap() >= open_descriptors().unwrap());
        assert!(cpu_ticks().is_some());
    }
}
