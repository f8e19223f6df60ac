//! Walking over JSON text without building anything of it and without descending.

use super::{FieldText, Malformed};

/// Walks over JSON text from left to right.
pub(super) struct Scan<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Scan<'a> {
    /// The next character that is not white space, without passing it.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.rest.chars().next()
    }

    fn eat(&mut self, wanted: char) -> Result<(), Malformed> {
        self.peek();
        self.rest = self.rest.strip_prefix(wanted).ok_or(Malformed)?;
        Ok(())
    }

    /// Passes an opening bracket; false if the closing one follows, which is passed too.
    pub(super) fn open(&mut self, open: char, close: char) -> Result<bool, Malformed> {
        self.eat(open)?;
        if self.peek() == Some(close) {
            self.eat(close)?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Passes a comma (true) or the closing bracket (false).
    pub(super) fn more(&mut self, close: char) -> Result<bool, Malformed> {
        if self.peek() == Some(',') {
            return self.eat(',').map(|()| true);
        }
        self.eat(close).map(|()| false)
    }

    pub(super) fn key(&mut self) -> Result<&'a str, Malformed> {
        let key = self.string()?;
        self.eat(':')?;
        Ok(key)
    }

    /// Passes a string and gives what is between its quotes, still escaped.
    fn string(&mut self) -> Result<&'a str, Malformed> {
        self.eat('"')?;
        let mut escaped = false;
        for (at, c) in self.rest.bytes().enumerate() {
            match c {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let text = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                _ => {}
            }
        }
        Err(Malformed)
    }

    /// Passes a string, a number, `true`, `false` or `null`; the last one gives `None`.
    pub(super) fn scalar(&mut self) -> Result<Option<FieldText<'a>>, Malformed> {
        if self.peek() == Some('"') {
            return self.string().map(|raw| Some(FieldText { raw }));
        }
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        let (raw, rest) = self.rest.split_at(end);
        self.rest = rest;
        match raw {
            "" => Err(Malformed),
            "null" => Ok(None),
            _ => Ok(Some(FieldText { raw })),
        }
    }

    /// Passes any value, counting brackets instead of descending into them.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_u32;
        loop {
            match self.peek().ok_or(Malformed)? {
                '"' => drop(self.string()?),
                c @ ('{' | '[') => {
                    self.eat(c)?;
                    depth += 1;
                }
                c @ ('}' | ']') => {
                    self.eat(c)?;
                    depth = depth.checked_sub(1).ok_or(Malformed)?;
                }
                c @ (',' | ':') if depth > 0 => self.eat(c)?,
                _ => drop(self.scalar()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}
