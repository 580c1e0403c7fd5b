//! TLS by rustls, in libpq's modes.
//!
//! The cryptography (ring) is given to every configuration by name: a process-wide default that somebody forgot to
//! install, or installed twice, would be a panic.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::address::TlsMode;
use crate::error::{Error, ErrorKind, Result};

/// What of the server's certificate is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verify {
    Nothing,
    Chain,
    ChainAndName,
}

impl Verify {
    fn of(mode: TlsMode, has_ca: bool) -> Self {
        match mode {
            // As libpq does: whoever names an authority wants it to be asked.
            TlsMode::Require if has_ca => Self::Chain,
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => Self::Nothing,
            TlsMode::VerifyCa => Self::Chain,
            TlsMode::VerifyFull => Self::ChainAndName,
        }
    }
}

/// The configuration of a client for `mode`. `ca` is a PEM file of authorities to trust instead of the system's.
/// `name` is what errors call the database.
///
/// For [`TlsMode::Disable`] it is a valid configuration that nobody uses.
pub(crate) fn client_config(name: &str, mode: TlsMode, ca: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let verifier: Arc<dyn ServerCertVerifier> = match Verify::of(mode, ca.is_some()) {
        Verify::Nothing => Arc::new(Unverified(algorithms)),
        Verify::Chain => Arc::new(ChainOnly {
            roots: roots(name, ca)?,
            algorithms,
        }),
        Verify::ChainAndName => chain_and_name(name, roots(name, ca)?, &provider)?,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(name, "preparing TLS", error.to_string()))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// What a user can do about a failed handshake, if the failure says enough. `host` is the name that was connected to.
pub(crate) fn help(error: &rustls::Error, host: &str) -> Option<String> {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return None;
    };
    Some(match certificate {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate does not come from a trusted authority: name its CA with sslrootcert=FILE in the \
             URL or `tls_ca` in exodus.toml, or use sslmode=require to encrypt without verifying"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
            "the server's certificate is not for {host}: connect by a name it is for (its subjectAltName; the common \
             name is not looked at), or use sslmode=verify-ca to verify the authority alone"
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired: renew it, or use sslmode=require to encrypt without verifying"
                .to_owned()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server shows a self-signed certificate that is marked as an authority (CA:TRUE), which is no server \
             certificate: have one issued by that authority and name the authority with sslrootcert=FILE, or use \
             sslmode=require without sslrootcert to encrypt without verifying"
                .to_owned()
        }
        _ => "use sslrootcert=FILE to name the authority, or sslmode=require to encrypt without verifying".to_owned(),
    })
}

fn setup(name: &str, doing: impl Into<String>, cause: impl Into<String>) -> Error {
    Error::new(ErrorKind::Tls, name, doing).because(cause.into())
}

/// The authorities to trust.
fn roots(name: &str, ca: Option<&Path>) -> Result<Arc<RootCertStore>> {
    match ca {
        Some(file) => roots_of_file(name, file),
        None => system_roots(name),
    }
}

fn roots_of_file(name: &str, file: &Path) -> Result<Arc<RootCertStore>> {
    let doing = format!("reading the authorities in {}", file.display());
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| {
            setup(name, &*doing, error.to_string()).help("sslrootcert names a file of certificates in PEM form")
        })?;
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store
            .add(certificate)
            .map_err(|error| setup(name, &*doing, error.to_string()))?;
    }
    if store.is_empty() {
        return Err(
            setup(name, doing, "it holds no certificate").help("sslrootcert names a file of certificates in PEM form")
        );
    }
    Ok(Arc::new(store))
}

/// The system's authorities, read once: that takes longer than the rest of a connection together.
fn system_roots(name: &str) -> Result<Arc<RootCertStore>> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let store = ROOTS.get_or_init(|| {
        let mut store = RootCertStore::empty();
        // A system's store may hold a certificate that rustls can't read; the others are as good as before.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(store)
    });
    if store.is_empty() {
        return Err(setup(
            name,
            "looking for the system's certificate authorities",
            "there are none",
        )
        .help(
            "name the server's authority with sslrootcert=FILE in the URL or `tls_ca` in exodus.toml, or install the \
             package ca-certificates",
        ));
    }
    Ok(Arc::clone(store))
}

fn chain_and_name(
    name: &str,
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| setup(name, "preparing TLS", error.to_string()))
}

/// Encrypts, and believes every certificate.
///
/// The handshake's signature is not looked at either: against somebody in the middle, who shows a certificate of their
/// own, it would prove nothing, and it would refuse certificates that only webpki finds strange (version 1, say).
#[derive(Debug)]
struct Unverified(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// Verifies everything but the host's name.
#[derive(Debug)]
struct ChainOnly {
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ChainOnly {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, self.algorithms.all)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_an_authority_makes_require_verify() {
        assert_eq!(Verify::of(TlsMode::Require, false), Verify::Nothing);
        assert_eq!(Verify::of(TlsMode::Require, true), Verify::Chain);
        assert_eq!(Verify::of(TlsMode::Prefer, true), Verify::Nothing);
        assert_eq!(Verify::of(TlsMode::VerifyCa, false), Verify::Chain);
        assert_eq!(Verify::of(TlsMode::VerifyFull, false), Verify::ChainAndName);
    }

    #[test]
    fn a_file_without_certificates_is_an_error_that_says_so() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, "no certificate").expect("a file");
        let error = client_config("shop", TlsMode::VerifyFull, Some(&file)).expect_err("no authority");
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().contains("ca.pem"), "{error}");
        let missing =
            client_config("shop", TlsMode::VerifyCa, Some(&directory.path().join("none"))).expect_err("no file");
        assert_eq!(missing.kind(), ErrorKind::Tls);
    }

    #[test]
    fn an_authority_as_server_certificate_is_explained() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/somebody-else-ca.pem");
        let shown = CertificateDer::from_pem_file(&file).expect("a certificate");
        let verifier = ChainOnly {
            roots: roots("shop", Some(&file)).expect("roots"),
            algorithms: rustls::crypto::ring::default_provider().signature_verification_algorithms,
        };
        let name = ServerName::try_from("localhost").expect("a name");
        let error = verifier
            .verify_server_cert(&shown, &[], &name, &[], UnixTime::now())
            .expect_err("it is no server certificate");
        assert!(
            help(&error, "localhost").is_some_and(|help| help.contains("CA:TRUE")),
            "{error:?}"
        );
    }
}
