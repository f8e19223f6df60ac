//! Passwords of devices: made here or chosen, and what is kept of them.
//!
//! One that is made here is random, so its SHA-256 is enough: nobody can try 62²⁴ of them, and a thousand boards that come back
//! after a power cut are let in at once. One that somebody chose may stand in a list of words, so it is kept as argon2id like a
//! person's; since that takes tens of milliseconds, a chosen password that was right is remembered in memory, under a secret of
//! this run of the server.

use std::collections::HashMap;

use fieldpost_store::TokenHash;
use sha2::{Digest as _, Sha256};

use crate::accounts::random::{digest, mixed_token};
use crate::refusal::Refusal;

/// How long a client id is that is made here, as at the service.
pub(super) const CLIENT_ID_CHARS: usize = 23;
/// How long a password is that is made here, as at the service.
pub(super) const PASSWORD_CHARS: usize = 24;
/// The fewest characters of a chosen password.
const CHOSEN_MIN: usize = 16;
/// Of how many chosen passwords it is remembered that they were right.
const REMEMBERED_MAX: usize = 20_000;
/// What stands before a digest, to tell it from argon2id.
const DIGEST: &str = "sha256:";

/// What is kept of a password.
pub(super) enum Kept<'a> {
    /// The digest of one that was made here.
    Digest(&'a str),
    /// The argon2id string of one that was chosen.
    Slow(&'a str),
}

impl<'a> Kept<'a> {
    pub(super) fn of(kept: &'a str) -> Self {
        match kept.strip_prefix(DIGEST) {
            Some(digest) => Self::Digest(digest),
            None => Self::Slow(kept),
        }
    }
}

/// A new client id.
pub(super) fn client_id() -> Result<String, getrandom::Error> {
    mixed_token(CLIENT_ID_CHARS)
}

/// A new password, and what is kept of it.
pub(super) fn password() -> Result<(String, String), getrandom::Error> {
    let password = mixed_token(PASSWORD_CHARS)?;
    let kept = format!("{DIGEST}{}", hex(&digest(&password)));
    Ok((password, kept))
}

/// True if this is the password whose digest is kept. Digests are compared, so the time taken tells nothing about the password.
pub(super) fn has_digest(password: &str, kept: &str) -> bool {
    hex(&digest(password)) == kept
}

/// Checks the length of a password that somebody chose.
pub(super) fn check_chosen(password: &str) -> Result<(), Refusal> {
    if password.chars().count() < CHOSEN_MIN {
        return Err(Refusal::BadValue(format!(
            "a device's password needs at least {CHOSEN_MIN} characters; leave it out and a good one is made"
        )));
    }
    Ok(())
}

fn hex(hash: &TokenHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Chosen passwords that were right. Holds no password: a digest together with a secret that is never written down.
#[derive(Default)]
pub(super) struct Remembered {
    secret: Option<[u8; 32]>,
    right: HashMap<String, [u8; 32]>,
}

impl Remembered {
    /// True if this password was right when this was kept of it.
    pub(super) fn knows(&self, client_id: &str, kept: &str, password: &str) -> bool {
        let mark = self.secret.map(|secret| mark(&secret, kept, password));
        mark.is_some() && self.right.get(client_id).copied() == mark
    }

    pub(super) fn remember(&mut self, client_id: &str, kept: &str, password: &str) {
        let secret = match self.secret {
            Some(secret) => secret,
            None => {
                let mut secret = [0; 32];
                if getrandom::fill(&mut secret).is_err() {
                    return; // then it is checked the slow way each time
                }
                *self.secret.insert(secret)
            }
        };
        if self.right.len() >= REMEMBERED_MAX {
            self.right.clear();
        }
        self.right.insert(client_id.into(), mark(&secret, kept, password));
    }
}

fn mark(secret: &[u8; 32], kept: &str, password: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(secret);
    // With what is kept, so that a new password ends what was remembered of the old one.
    hash.update((kept.len() as u64).to_le_bytes());
    hash.update(kept);
    hash.update(password);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_here_looks_as_the_service_makes_it() {
        let id = client_id().unwrap();
        let (word, kept) = password().unwrap();
        assert_eq!((id.len(), word.len()), (23, 24));
        assert!(id.bytes().chain(word.bytes()).all(|c| c.is_ascii_alphanumeric()));
        assert!(!kept.contains(&word));
        let Kept::Digest(digest) = Kept::of(&kept) else { panic!("{kept}") };
        assert!(has_digest(&word, digest) && !has_digest("other", digest));
        assert!(matches!(Kept::of("$argon2id$v=19$…"), Kept::Slow(_)));
    }

    #[test]
    fn only_the_right_password_of_today_is_remembered() {
        let mut remembered = Remembered::default();
        assert!(!remembered.knows("one", "kept", "open sesame"));
        remembered.remember("one", "kept", "open sesame");
        assert!(remembered.knows("one", "kept", "open sesame"));
        assert!(!remembered.knows("one", "kept", "open"));
        assert!(!remembered.knows("one", "kept anew", "open sesame"));
        assert!(!remembered.knows("two", "kept", "open sesame"));
        for n in 0..=REMEMBERED_MAX {
            remembered.remember(&n.to_string(), "kept", "x");
        }
        assert!(remembered.right.len() <= REMEMBERED_MAX);
    }
}
