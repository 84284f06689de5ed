//! TLS to the database as `sslmode` and `sslrootcert` ask for it, with the meanings that libpq gives them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring as algorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;

/// Whose certificate is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// TLS is not spoken.
    Nobody,
    /// Anybody's: against those who only listen.
    Anybody,
    /// One that these authorities signed, whatever its name.
    Signed(PathBuf),
    /// One that these authorities signed for the host's name.
    Named(PathBuf),
}

/// What a mode means.
pub(super) fn read(mode: &str, root: Option<PathBuf>) -> Result<(SslMode, Trust), String> {
    Ok(match (mode, root) {
        ("disable", _) => (SslMode::Disable, Trust::Nobody),
        ("prefer", _) => (SslMode::Prefer, Trust::Anybody),
        // libpq: with authorities at hand, what is merely required is checked as well.
        ("require" | "verify-ca", Some(root)) => (SslMode::Require, Trust::Signed(root)),
        ("require", None) => (SslMode::Require, Trust::Anybody),
        ("verify-full", Some(root)) => (SslMode::Require, Trust::Named(root)),
        ("verify-ca" | "verify-full", None) => {
            return Err(format!(
                "sslmode={mode} wants sslrootcert=FILE, the certificates of the authorities that are trusted, in PEM"
            ));
        }
        _ => return Err("sslmode: write disable, prefer, require, verify-ca or verify-full".to_owned()),
    })
}

impl Trust {
    /// The settings of TLS.
    pub(super) fn client(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(algorithms::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Self::Nobody | Self::Anybody => {
                Arc::new(Lenient { authorities: None, provider: Arc::clone(&provider) })
            }
            Self::Signed(root) => {
                let authorities = Some(authorities(root, &provider)?);
                Arc::new(Lenient { authorities, provider: Arc::clone(&provider) })
            }
            Self::Named(root) => authorities(root, &provider)?,
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }
}

fn authorities(root: &Path, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("sslrootcert {}: {error}", root.display());
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).map_err(|error| failed(&error))? {
        let certificate = certificate.map_err(|error| failed(&error))?;
        store.add(certificate).map_err(|error| failed(&error))?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|error| failed(&error))
}

/// Takes a certificate of any name that the authorities signed; of anybody, where there are none.
#[derive(Debug)]
struct Lenient {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        // The name is looked at last, when all else is well.
        match authorities.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
