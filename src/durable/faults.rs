//! Dying on purpose: a test sets `HOTFIXD_CRASH_AT=N`, and the process aborts just before the N-th point at
//! which something becomes durable (an fsync, a rename, a removal, a commit). Compiled into debug builds only.

/// A moment at which a power cut would show. In a release build it is nothing.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point() {}

/// A moment at which a power cut would show. `HOTFIXD_CRASH_AT` makes the process abort at one.
#[cfg(debug_assertions)]
pub fn point() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static CRASH_AT: OnceLock<Option<u64>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let at = CRASH_AT.get_or_init(|| std::env::var("HOTFIXD_CRASH_AT").ok()?.parse().ok());
    if let Some(at) = at
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *at
    {
        std::process::abort();
    }
}
