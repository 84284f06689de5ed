//! What can go wrong between here and a server.

use std::time::Duration;

use super::ProblemBody;

/// Why a request failed. Its text says what was asked of whom; [`Error::remedy`] what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of a server cannot be used.
    #[error("\"{address}\" {reason}")]
    BadAddress {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The environment names a proxy that cannot be used. Its address may hold a password, so it is not
    /// shown.
    #[error("the proxy in the environment is no address that can be used")]
    BadProxy,
    /// No token could be had.
    #[error("{place}: {reason}")]
    BadToken {
        /// The variable or file.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The certificates in `HOTFIX_CA_FILE` cannot be used.
    #[error("{file}: {reason}")]
    BadCertificates {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answered, or the answer broke off.
    #[error("{url}: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server's certificate was refused, or TLS failed otherwise.
    #[error("{url}: the secure connection failed: {reason}")]
    Tls {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// It took too long.
    #[error("{url}: no answer in time ({step})")]
    TimedOut {
        /// What was asked for.
        url: String,
        /// What was being waited for.
        step: String,
    },
    /// The answer came too slowly to wait for.
    #[error("{url}: the answer comes at less than {least_bytes_per_second} bytes a second")]
    TooSlow {
        /// What was asked for.
        url: String,
        /// The rate that is asked.
        least_bytes_per_second: u64,
    },
    /// The answer is larger than anything that may be there.
    #[error("{url}: the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// The server redirects to another origin, in circles, or a request that changes something.
    #[error("{url}: redirected to {to}, which is not followed")]
    Redirected {
        /// What was asked for.
        url: String,
        /// Where it leads.
        to: String,
    },
    /// The server answered with an error.
    #[error("{url}: the server answered {status}{}", detail(.problem))]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
        /// What the server said of it.
        problem: Box<ProblemBody>,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server answered something else than was asked for.
    #[error("{url}: {reason}")]
    Unintelligible {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

fn detail(problem: &ProblemBody) -> String {
    problem.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default()
}

impl Error {
    /// A stable code for programs: the server's own where it sent one.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::BadAddress { .. } => "bad_address",
            Self::BadProxy => "bad_proxy",
            Self::BadToken { .. } => "bad_token",
            Self::BadCertificates { .. } => "bad_certificates",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::TimedOut { .. } => "timed_out",
            Self::TooSlow { .. } => "too_slow",
            Self::TooLarge { .. } => "too_large",
            Self::Redirected { .. } => "redirected",
            Self::Status { problem, .. } => problem.code.as_deref().unwrap_or("server_error"),
            Self::Unintelligible { .. } => "unintelligible",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::BadAddress { .. } => "Write an address such as https://hotfix.example.org.".to_owned(),
            Self::BadProxy => "Set http_proxy or https_proxy to http://HOST:PORT, or unset it.".to_owned(),
            Self::BadToken { .. } => {
                "Put the token into HOTFIX_TOKEN, or its file's name into HOTFIX_TOKEN_FILE.".to_owned()
            }
            Self::BadCertificates { .. } => {
                "Let HOTFIX_CA_FILE name a PEM file of certificates, or unset it.".to_owned()
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::TooSlow { .. } => {
                "Look whether the server runs and can be reached from here (address, proxy, firewall)."
                    .to_owned()
            }
            Self::Tls { .. } => {
                "Look at the server's certificate; for a private authority, name its PEM file in \
                 HOTFIX_CA_FILE."
                    .to_owned()
            }
            Self::TooLarge { .. } | Self::Unintelligible { .. } => {
                "Look whether the address is that of a hotfixd server or its mirror.".to_owned()
            }
            Self::Redirected { .. } => {
                "Use the address that the server redirects to, if you trust it.".to_owned()
            }
            Self::Status { status, problem, retry_after, .. } => {
                problem.remedy.clone().unwrap_or_else(|| status_remedy(*status, *retry_after))
            }
        }
    }

    /// Whether the server said that there is no such thing (404 or 410).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Status { status: 404 | 410, .. })
    }

    /// How long the server asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn status_remedy(status: u16, retry_after: Option<Duration>) -> String {
    match (status, retry_after) {
        (_, Some(wait)) => format!("Ask again in {} seconds.", wait.as_secs()),
        (401 | 403, None) => "Look whether HOTFIX_TOKEN holds a token that may do this.".to_owned(),
        (404 | 410, None) => "Look whether the address is that of a hotfixd server or its mirror.".to_owned(),
        (500.., None) => "Try again later; the server's log says what failed.".to_owned(),
        _ => "Mend the request as the answer says.".to_owned(),
    }
}
