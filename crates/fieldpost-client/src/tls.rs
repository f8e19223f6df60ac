//! https: which servers are believed to be who they say they are.

use crate::error::Error;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The certificates that a client trusts: the machine's, and perhaps some more.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    more: Vec<CertificateDer<'static>>,
    /// Made on first use: reading the machine's certificates takes a while.
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Trust {
    /// Trusts these certificates (PEM) too.
    pub fn with(&self, pem: &[u8]) -> Result<Self, Error> {
        let bad = Error::Input("this is no certificate in PEM form");
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let found = found.ok().filter(|found| !found.is_empty()).ok_or(bad)?;
        let more = self.more.iter().cloned().chain(found).collect();
        Ok(Self { more, config: Arc::default() })
    }

    /// Makes a connection secret, and sure of whom it leads to: the host must show a certificate that is trusted.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = match self.config.get() {
            Some(config) => config.clone(),
            None => {
                let made = self.config()?;
                self.config.get_or_init(|| made).clone()
            }
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(config).connect(name, stream).await
    }

    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        // A machine without certificates can still reach servers whose certificate was handed over.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in &self.more {
            roots.add(certificate.clone()).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}
