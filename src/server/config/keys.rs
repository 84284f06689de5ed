//! Every setting in one table: the file's key, its default, and what it is. In the environment it is
//! `HOTFIXD_` and the key in capitals.

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its key in the configuration file.
    pub name: &'static str,
    /// Its default, as it would be written.
    pub default: &'static str,
    /// What it is.
    pub what: &'static str,
}

const fn key(name: &'static str, default: &'static str, what: &'static str) -> Key {
    Key { name, default, what }
}

/// Every setting.
pub const KEYS: &[Key] = &[
    key("listen", "127.0.0.1:8650", "address and port to listen on; port 0 takes a free one"),
    key("data", "data", "folder of the database, the blobs and the lock"),
    key(
        "database",
        "",
        "`sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`; empty: `hotfixd.sqlite` in the data folder",
    ),
    key("keys", "", "folder of the online keys; empty: `keys`, or `keys/dev` for the demo"),
    key("public_url", "", "address under which people reach the service, for commands that pages show"),
    key("log", "info", "what is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter"),
    key("log_format", "text", "`text` or `json`"),
    key(
        "metrics",
        "loopback",
        "who reads `/metrics`: `loopback` (this machine), `any`, `off`, or an ADDRESS:PORT of its own to listen on",
    ),
    key("workers", "0", "threads that serve; 0: one for each processor"),
    key("max_connections", "10000", "connections at once, of each worker"),
    key("head_seconds", "10", "how long a request's head may take"),
    key("body_seconds", "30", "how long a request's body may take"),
    key("payload_seconds", "3600", "how long the upload of a payload may take"),
    key("keep_alive_seconds", "75", "how long a connection may be idle"),
    key("shutdown_seconds", "8", "how long requests may take to end after SIGTERM"),
    key("max_inventory_bytes", "1048576", "longest inventory"),
    key("max_batch_bytes", "268435456", "most bytes of inventories in one request, a line each"),
    key(
        "page_cache_bytes",
        "16777216",
        "memory for pages, lists and feeds that are asked for again; 0: none",
    ),
    key("assess_cache_bytes", "8388608", "memory for answers to inventories that are sent again"),
    key("max_submission_bytes", "33554432", "longest submission"),
    key("max_payload_bytes", "17179869184", "longest payload"),
    key("max_database_bytes", "68719476736", "largest database of SQLite"),
    key("max_page_items", "200", "most items of a list in one answer"),
    key("max_csv_rows", "10000", "most rows of a list in one answer as CSV"),
    key("database_readers", "4", "connections that read the database at once"),
    key("database_busy_seconds", "5", "how long the database's lock is waited for"),
    key(
        "samples",
        "all",
        "what `hotfixd demo` publishes: `all` samples, or the few documents of `first-light`",
    ),
    key("clock_offset_seconds", "0", "for tests: how far the clock is put forward, or back"),
];

impl Key {
    /// Its name in the environment.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("HOTFIXD_{}", self.name.to_ascii_uppercase())
    }
}

/// The table of all settings, in Markdown, as README shows it.
#[must_use]
pub fn table() -> String {
    let mut out = String::from("| key | default | what |\n|---|---|---|\n");
    for Key { name, default, what } in KEYS {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        out.push_str(&format!("| `{name}` | {default} | {what} |\n"));
    }
    out
}
