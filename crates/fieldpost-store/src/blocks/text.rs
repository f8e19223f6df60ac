//! Texts that are no plain decimals: each different one once if they repeat, made smaller by deflate if that helps.
//!
//! Knows nothing of what the texts say. A column's texts are read all at once.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::bytes::{Damaged, Reader, put};
use super::ints::{GROUP, list, put_list};

/// Bytes of texts beyond which they are kept as they are: a damaged block can't make its reader take much more memory than
/// this, or than the block itself.
const PLAIN_MAX: usize = 8 << 20;

/// Writes texts.
pub(super) fn write(out: &mut Vec<u8>, texts: &[&str]) {
    let mut places = HashMap::new();
    let mut different = Vec::new();
    let mut order = Vec::with_capacity(texts.len());
    for text in texts {
        let place = *places.entry(*text).or_insert_with(|| {
            different.push(*text);
            different.len() - 1
        });
        order.push(place as i64);
    }
    let once = different.len() <= texts.len() / 2
        && texts.iter().map(|text| text.len()).sum::<usize>() <= PLAIN_MAX;
    let listed = if once { &different } else { texts };
    let mut plain = Vec::new();
    for text in listed {
        put(&mut plain, text.len() as u64);
        plain.extend_from_slice(text.as_bytes());
    }
    let deflated = deflate(&plain).filter(|deflated| deflated.len() < plain.len());
    out.push(u8::from(once) | u8::from(deflated.is_some()) << 1);
    put(out, listed.len() as u64);
    put(out, plain.len() as u64);
    let kept = deflated.unwrap_or(plain);
    put(out, kept.len() as u64);
    out.extend_from_slice(&kept);
    if once {
        for group in order.chunks(GROUP) {
            put_list(out, group);
        }
    }
}

/// Reads `count` texts.
pub(super) fn read(bytes: &[u8], count: usize) -> Result<Vec<Box<str>>, Damaged> {
    let mut reader = Reader(bytes);
    let how = reader.byte()?;
    let listed = reader.up_to(count)?;
    let deflated = how & 2 != 0;
    let len = reader.up_to(if deflated { PLAIN_MAX } else { bytes.len() })?;
    let kept = reader.up_to(bytes.len())?;
    let kept = reader.bytes(kept)?;
    let inflated;
    let plain = if deflated {
        inflated = inflate(kept, len)?;
        inflated.as_slice()
    } else {
        kept
    };
    let mut plain = Reader(plain);
    let mut texts = Vec::with_capacity(listed);
    for _ in 0..listed {
        let len = plain.up_to(plain.0.len())?;
        let text = std::str::from_utf8(plain.bytes(len)?);
        texts.push(Box::<str>::from(text.map_err(|_| Damaged("a text is not UTF-8"))?));
    }
    if how & 1 == 0 {
        return if listed == count { Ok(texts) } else { Err(Damaged("texts are missing")) };
    }
    let mut ordered: Vec<Box<str>> = Vec::with_capacity(count);
    let mut room = PLAIN_MAX;
    while ordered.len() < count {
        let mut places = [0; GROUP];
        let group = (count - ordered.len()).min(GROUP);
        list(&mut reader, group, &mut places)?;
        for place in &places[..group] {
            let text = usize::try_from(*place).ok().and_then(|place| texts.get(place));
            let text = text.ok_or(Damaged("a text is missing"))?;
            room = room.checked_sub(text.len()).ok_or(Damaged("its texts are too long"))?;
            ordered.push(text.clone());
        }
    }
    Ok(ordered)
}

fn deflate(plain: &[u8]) -> Option<Vec<u8>> {
    if plain.len() < 32 || plain.len() > PLAIN_MAX {
        return None;
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

fn inflate(kept: &[u8], len: usize) -> Result<Vec<u8>, Damaged> {
    let mut plain = Vec::new();
    let read = DeflateDecoder::new(kept).take(len as u64 + 1).read_to_end(&mut plain);
    if read.is_ok() && plain.len() == len {
        Ok(plain)
    } else {
        Err(Damaged("its texts can't be inflated"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(texts: &[&str]) -> usize {
        let mut out = Vec::new();
        write(&mut out, texts);
        let back = read(&out, texts.len()).unwrap();
        assert!(back.iter().map(|text| &**text).eq(texts.iter().copied()));
        out.len()
    }

    proptest! {
        #[test]
        fn any_texts_come_back(texts: Vec<String>) {
            kept(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        }

        #[test]
        fn words_that_repeat_come_back(texts in proptest::collection::vec("on|off|", 0..300)) {
            kept(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        }

        #[test]
        fn anything_at_all_is_read_without_a_panic(bytes: Vec<u8>, count in 0..5000_usize) {
            let _ = read(&bytes, count);
        }
    }

    #[test]
    fn two_words_take_a_bit_each() {
        let texts: Vec<&str> = (0..1280).map(|i| if i % 3 == 0 { "on" } else { "off" }).collect();
        assert!(kept(&texts) <= 1280 / 8 + 60);
    }

    #[test]
    fn what_claims_to_be_huge_is_refused() {
        let zeros = vec![0; PLAIN_MAX * 2];
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&zeros).unwrap();
        let bomb = encoder.finish().unwrap();
        for len in [10, PLAIN_MAX, PLAIN_MAX * 2] {
            let mut out = vec![2];
            put(&mut out, 1);
            put(&mut out, len as u64);
            put(&mut out, bomb.len() as u64);
            out.extend_from_slice(&bomb);
            assert!(read(&out, 4096).is_err());
        }
    }
}
