//! Secrets from the system's source of randomness: keys, tokens that a browser carries, tokens that a person types.

use std::fmt::Write as _;

use fieldpost_store::TokenHash;
use fieldpost_wire::ApiKey;
use sha2::{Digest as _, Sha256};

/// The characters of what a person may have to type: none that looks like another.
pub(super) const CLEAR: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new key.
pub(crate) fn key() -> Result<ApiKey, getrandom::Error> {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        if let Some(key) = ApiKey::from_random(&bytes) {
            return Ok(key);
        }
    }
}

/// A new token of 256 bits, in hexadecimal digits.
pub(super) fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a text takes all that is written to it
        text
    }))
}

/// The characters of what is copied rather than typed.
const MIXED: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new token of `length` characters that a person can read out and type.
pub(super) fn clear_token(length: usize) -> Result<String, getrandom::Error> {
    token_of(CLEAR, length)
}

/// A new token of `length` characters that a person copies.
pub(crate) fn mixed_token(length: usize) -> Result<String, getrandom::Error> {
    token_of(MIXED, length)
}

fn token_of(letters: &[u8], length: usize) -> Result<String, getrandom::Error> {
    let fair = (256 / letters.len() * letters.len()) as u8; // bytes from here on would favour some
    let mut token = String::with_capacity(length);
    while token.len() < length {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let usable = bytes.iter().filter(|byte| **byte < fair);
        let drawn = usable.map(|byte| char::from(letters[usize::from(*byte) % letters.len()]));
        token.extend(drawn.take(length - token.len()));
    }
    Ok(token)
}

/// What is kept of a token.
pub(crate) fn digest(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

/// True if both texts are the same. Compared by what a stranger can't foresee, so that the time taken tells nothing.
pub(super) fn same(one: &str, other: &str) -> bool {
    let pairs = digest(one).0.into_iter().zip(digest(other).0);
    pairs.fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_length_and_never_come_twice() {
        let (one, two) = (token().unwrap(), token().unwrap());
        assert_eq!((one.len(), two.len()), (64, 64));
        assert_ne!(one, two);
        let clear = clear_token(8).unwrap();
        assert_eq!(clear.len(), 8);
        assert!(clear.bytes().all(|c| CLEAR.contains(&c)), "{clear}");
        assert_ne!(clear, clear_token(8).unwrap());
    }

    #[test]
    fn only_the_same_text_is_the_same() {
        assert!(same("7KQ29XMD", "7KQ29XMD"));
        assert!(!same("7KQ29XMD", "7KQ29XME") && !same("", "7") && !same("7", ""));
    }
}
