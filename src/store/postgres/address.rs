//! Where PostgreSQL is and how it is spoken to: a URL as libpq reads one. Neither `Debug` nor an error shows it,
//! since it may hold a password.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Trust};

/// How long one address is tried where the URL does not say.
const CONNECT: Duration = Duration::from_secs(5);
/// After how long without traffic a connection is probed where the URL does not say.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What may stand after `?`, beside `sslmode` and `sslrootcert`.
const OPTIONS: &[&str] = &[
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "application_name",
    "options",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
];

/// A URL of PostgreSQL, understood.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct PostgresAddress {
    config: Config,
    trust: Trust,
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

/// Hosts and database, for messages.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(folder) => folder.display().to_string(),
            })
            .collect();
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        write!(f, "PostgreSQL at {}, database {database}", hosts.join(", "))
    }
}

impl PostgresAddress {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE&…`.
    pub(in crate::store) fn parse(url: &str) -> Result<Self, String> {
        let (plain, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root, mut kept) = ("prefer".to_owned(), None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = || percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "sslmode" => mode = text(),
                "sslrootcert" => root = Some(PathBuf::from(text())),
                name if OPTIONS.contains(&name) => kept.push(pair),
                // It is not repeated: a `?` in a password that was not escaped leads here.
                _ => {
                    return Err(format!(
                        "an option of the URL is not known: the options are sslmode, sslrootcert, {}. In a user's \
                         name or a password write ? as %3F, & as %26, / as %2F, @ as %40, : as %3A and % as %25",
                        OPTIONS.join(", ")
                    ));
                }
            }
        }
        // The parser's words name options, never values.
        let mut config: Config = format!("{plain}?{}", kept.join("&"))
            .parse()
            .map_err(|error| format!("the URL cannot be read: {}", super::words(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("the URL names no host: postgres://USER:PASSWORD@HOST/DATABASE".to_owned());
        }
        let sockets = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        let (ssl, trust) = match (tls::read(&mode, root)?, sockets && !config.get_hosts().is_empty()) {
            // Sockets of the machine itself have no TLS, whatever is asked for: so has libpq.
            (_, true) => (SslMode::Disable, Trust::Nobody),
            (read, false) => read,
        };
        config.ssl_mode(ssl);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if !query.contains("keepalives_idle=") {
            config.keepalives_idle(KEEP_ALIVE);
        }
        if config.get_application_name().is_none() {
            config.application_name(format!("hotfixd {}", std::process::id()));
        }
        Ok(Self { config, trust })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// How long connecting may take in all.
    pub(super) fn patience(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(CONNECT)
    }

    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, String> {
        Ok(MakeRustlsConnect::new(self.trust.client()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        PostgresAddress::parse(url).unwrap_err()
    }

    #[test]
    fn a_password_is_never_shown() {
        let address =
            PostgresAddress::parse("postgres://u:s3cret@db.example/hotfixd?sslmode=require").unwrap();
        assert_eq!(format!("{address:?}"), "PostgresAddress(PostgreSQL at db.example, database hotfixd)");
        for url in [
            "postgres://u:s3cret?x@db.example/hotfixd",
            "postgres://u:s3cret@db.example/hotfixd?s3cret=1",
            "postgres://u:s3cret@db.example:s3cret/hotfixd",
            "postgres://u:s3cret",
            "postgres://u:a/s3cret@db.example/x",
            "postgres://u:s3cret@db.example/x?sslmode=s3cret",
            "postgres://u:s3cret@db.example/x?connect_timeout=s3cret",
        ] {
            let text = format!("{:?}", PostgresAddress::parse(url));
            assert!(!text.contains("s3cret"), "{url}: {text}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        assert!(refused("postgres:///hotfixd").contains("names no host"));
        assert!(
            refused("postgres://h/d?sslmode=allow")
                .contains("disable, prefer, require, verify-ca or verify-full")
        );
        assert!(refused("postgres://h/d?sslmode=verify-full").contains("sslrootcert=FILE"));
        assert!(refused("postgres://h/d?sslcert=x").contains("the options are sslmode"));
    }

    #[test]
    fn times_are_bounded_unless_the_url_says_otherwise() {
        let address = |url| PostgresAddress::parse(url).unwrap();
        assert_eq!(address("postgres://h/d").patience(), CONNECT);
        assert_eq!(address("postgres://h/d?connect_timeout=2").patience(), Duration::from_secs(2));
        let socket = address("postgres:///d?host=/run/postgresql&sslmode=require");
        assert_eq!(socket.config.get_ssl_mode(), SslMode::Disable);
    }
}
