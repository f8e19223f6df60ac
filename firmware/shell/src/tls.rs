//! The secret line: TLS 1.3, and the proof that the right server is at its other end.
//!
//! A board on a LAN can't use public certificates: the server has none, and the board has no clock yet when
//! it first calls. So the server's own certificate is handed to the board. Only who holds its key can
//! make the handshake succeed.

use crate::trust::{Trust, dns_name};
use embassy_net::tcp::TcpSocket;
use embedded_tls::pki::CertVerifier;
use embedded_tls::{
    Aes128GcmSha256, Certificate, CryptoProvider, CryptoRng, CryptoRngCore, NoClock, TlsConfig,
    TlsConnection, TlsContext, TlsError, TlsVerifier, UnsecureProvider,
};
use rand_core::RngCore;

/// A secret line.
pub(crate) type Secret<'a, 'b> = TlsConnection<'a, &'a mut TcpSocket<'b>, Aes128GcmSha256>;

/// The memory that a secret line needs: the largest piece each way.
pub(crate) struct SecretRoom {
    receive: [u8; 6 * 1024],
    send: [u8; 2 * 1024],
}

impl SecretRoom {
    pub(crate) const fn new() -> Self {
        Self { receive: [0; 6 * 1024], send: [0; 2 * 1024] }
    }
}

/// Makes a line secret, once the server has proven itself.
pub(crate) async fn open<'a, 'b>(
    socket: &'a mut TcpSocket<'b>,
    trust: &Trust,
    chance: fn() -> u64,
    room: &'a mut SecretRoom,
) -> Result<Secret<'a, 'b>, TlsError> {
    let mut line = TlsConnection::new(socket, &mut room.receive, &mut room.send);
    let (config, chance) = (TlsConfig::new(), Chance(chance));
    match trust {
        Trust::Certificate(certificate) => {
            let mut verifier = Verifier::new(Certificate::X509(certificate));
            // Any of its names will do: who holds the key is the server, wherever it is.
            let name = dns_name(certificate).ok_or(TlsError::InvalidCertificate)?;
            verifier.set_hostname_verification(name)?;
            line.open(TlsContext::new(&config, Proof { chance, verifier })).await?;
        }
        Trust::Anyone => {
            let provider = UnsecureProvider::new::<Aes128GcmSha256>(chance);
            line.open(TlsContext::new(&config, provider)).await?;
        }
    }
    Ok(line)
}

/// Checks that the server's certificate is the known one, and that the server holds its key.
type Verifier<'a> = CertVerifier<'a, Aes128GcmSha256, NoClock, 1024>;

struct Proof<'a> {
    chance: Chance,
    verifier: Verifier<'a>,
}

impl CryptoProvider for Proof<'_> {
    type CipherSuite = Aes128GcmSha256;
    /// The board proves nothing; it has its keys for that.
    type Signature = [u8; 0];

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut self.chance
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(&mut self.verifier)
    }
}

/// The board's source of chance, as the TLS crate wants it.
struct Chance(fn() -> u64);

impl RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        (self.0)()
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        for piece in into.chunks_mut(8) {
            let bytes = self.next_u64().to_le_bytes();
            piece.copy_from_slice(&bytes[..piece.len()]);
        }
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(into);
        Ok(())
    }
}

impl CryptoRng for Chance {}
