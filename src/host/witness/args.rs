//! The options that name a witness.

use clap::Args;

use super::Witness;
use crate::host::Error;
use crate::host::cli::Server;
use crate::net::ServerUrl;

/// The variable that names a witness where `--witness` does not.
const VARIABLE: &str = "HOTFIX_WITNESS";

/// The options that name a witness.
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// Compare with a second source (a mirror, or the server behind one), and name a difference. Left out: the
    /// URL in HOTFIX_WITNESS, if any.
    #[arg(long, value_name = "URL", value_parser = Server, conflicts_with = "offline")]
    pub witness: Option<ServerUrl>,
    /// Exit with 1 also where the witness is not reached, out of date, or not to be verified.
    #[arg(long, conflicts_with = "offline")]
    pub witness_required: bool,
}

impl WitnessArgs {
    /// The witness, if any: offline none is asked, whatever the environment says.
    ///
    /// # Errors
    /// An address in the environment that is none; no witness where one is required.
    pub(in crate::host) fn witness(self, offline: bool) -> Result<Option<Witness>, Error> {
        let url = match self.witness {
            Some(url) => Some(url),
            None if offline => None,
            None => named()?,
        };
        match url {
            Some(url) => Ok(Some(Witness { url, required: self.witness_required })),
            None if self.witness_required => Err(Error::Witness {
                reason: format!("--witness-required: neither --witness nor {VARIABLE} names a witness"),
                remedy: "Name one with --witness URL.".to_owned(),
            }),
            None => Ok(None),
        }
    }
}

/// The address in the environment.
fn named() -> Result<Option<ServerUrl>, Error> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    ServerUrl::parse(&text.to_string_lossy())
        .map(Some)
        .map_err(|error| Error::Witness { reason: format!("{VARIABLE}: {error}"), remedy: error.remedy() })
}
