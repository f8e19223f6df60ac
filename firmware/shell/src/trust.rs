//! Which https server is believed to be who it says it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::str::FromStr;
use heapless::Vec;

/// The most bytes of a certificate.
const SIZE: usize = 800;

/// How a server proves who it is.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a board has one of them, and no heap to put it on")]
pub enum Trust {
    /// It holds the key of this very certificate, which it made for itself.
    Certificate(Vec<u8, SIZE>),
    /// It need not: the line is secret, but nobody knows who is at its other end.
    Anyone,
}

impl FromStr for Trust {
    type Err = ();

    /// Reads `unchecked`, or what a PEM file has between its first and its last line.
    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "unchecked" {
            return Ok(Self::Anyone);
        }
        let mut certificate = Vec::new();
        certificate.resize_default(SIZE).map_err(drop)?;
        let length = STANDARD.decode_slice(text, &mut certificate).map_err(drop)?;
        certificate.truncate(length);
        // The outermost element of every certificate.
        if certificate.first() != Some(&0x30) || dns_name(&certificate).is_none() {
            return Err(());
        }
        Ok(Self::Certificate(certificate))
    }
}

/// The first name of a host that a certificate is for.
pub(crate) fn dns_name(certificate: &[u8]) -> Option<&str> {
    /// The extension with alternative names.
    const OID: [u8; 5] = [0x06, 0x03, 0x55, 0x1D, 0x11];
    /// The kind of name that is a host's.
    const HOST: u8 = 0x82;
    let at = certificate.windows(OID.len()).position(|window| window == OID)?;
    let names = &certificate[at + OID.len()..];
    (0..names.len()).filter(|at| names[*at] == HOST).find_map(|at| {
        let length = usize::from(*names.get(at + 1)?);
        let name = core::str::from_utf8(names.get(at + 2..at + 2 + length)?).ok()?;
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
        (!name.is_empty() && name.bytes().all(plain)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// A certificate as the server makes it.
    const MADE: &str = "MIIBijCCATCgAwIBAgIUf4zWDS6QITWS580+lAs4BTOIzWowCgYIKoZIzj0EAwIwITEfMB0GA1UEAwwWcmNnZW4gc2VsZiBzaWduZWQgY2VydDAgFw03NTAxMDEwMDAwMDBaGA80MDk2MDEwMTAwMDAwMFowITEfMB0GA1UEAwwWcmNnZW4gc2VsZiBzaWduZWQgY2VydDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGrg+kxmWeNFnaBR3Ip10IMZSaNzTduafiCB4NTtOK9TZrTj23qQhu6falYAbbqmztKdRyPju3/oyyiU7OkscbOjRDBCMEAGA1UdEQQ5MDeCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAAYIIdm0ubG9jYWyCAnZthwTAAAICMAoGCCqGSM49BAMCA0gAMEUCIC7O/lFv6B07qhQNlJJ+YMu1+/122iQGVuh2+6E/tKQ9AiEAzvXIkorIRU4LM6xxEMht2DtnYemzJI3snrda1HDEfGg=";

    #[test]
    fn a_certificate_is_read_and_names_its_host() {
        let Ok(Trust::Certificate(certificate)) = MADE.parse() else { panic!("not read") };
        assert_eq!(dns_name(&certificate), Some("localhost"));
    }

    #[test]
    fn trusting_anyone_takes_a_word() {
        assert_eq!("unchecked".parse(), Ok(Trust::Anyone));
        for bad in ["", "no", "AAAA", "MIIB!", &MADE[..40]] {
            assert_eq!(bad.parse::<Trust>(), Err(()), "{bad}");
        }
    }
}
