//! The certificate for https: made on the first start and kept, or the user's own.
//!
//! Boards on a LAN can't get a public certificate, and most do not check one. So the server makes its own, for the
//! names and addresses it has. It stays the same over restarts, so that a board may pin it.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;

pub use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Loads the certificate kept in a folder (`cert.pem` and `key.pem`), or makes one for these names and keeps it there.
///
/// # Errors
/// If the folder can't be used, or the files in it do not hold a certificate and its key.
pub fn load_or_make(folder: &Path, names: Vec<String>) -> Result<Arc<ServerConfig>> {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    if !cert.exists() || !key.exists() {
        fs::create_dir_all(folder)?;
        let made = rcgen::generate_simple_self_signed(names).map_err(Error::other)?;
        write_secret(&key, &made.signing_key.serialize_pem())?;
        fs::write(&cert, made.cert.pem())?;
    }
    load(&cert, &key)
}

/// Loads a certificate chain and its key from PEM files.
///
/// # Errors
/// If they can't be read or do not belong together.
pub fn load(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let bad = |path: &Path, why: String| {
        Error::new(ErrorKind::InvalidData, format!("{}: {why}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| bad(cert, error.to_string()))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| bad(cert, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Writes a file that only its owner may read.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
