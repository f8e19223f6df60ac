//! Good packets, and a seeded way to bend them. Shared with the long runs in `fuzz/`.

/// What good clients say, one after the other: each packet behind a CONNECT, then all of them.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let old = packet(
        0x10,
        b"\x00\x04MQTT\x04\xc6\x00\x3c\x00\x01x\x00\x03lwt\x00\x03off\x00\x04user\x00\x04word",
    );
    let new = packet(
        0x10,
        b"\x00\x04MQTT\x05\xc6\x00\x3c\x08\x11\x00\x00\x00\x3c\x21\x00\x08\x00\x01x\x00\x00\x03lwt\x00\x03off\x00\x04user\x00\x04word",
    );
    let talk_old: &[(u8, &[u8])] = &[
        (0x30, b"\x00\x12channels/1/publishfield1=1"),
        (0x32, b"\x00\x01a\x00\x07abc"),
        (0x34, b"\x00\x01a\x00\x08abc"),
        (0x3c, b"\x00\x01a\x00\x08abc"),
        (0x62, b"\x00\x08"),
        (0x82, b"\x00\x01\x00\x03a/#\x01\x00\x01+\x00"),
        (0xa2, b"\x00\x02\x00\x03a/#"),
        (0x40, b"\x00\x01"),
        (0xc0, b""),
        (0xe0, b""),
    ];
    let talk_new: &[(u8, &[u8])] = &[
        (0x30, b"\x00\x03a/b\x03\x23\x00\x01abc"),
        (0x32, b"\x00\x00\x00\x07\x03\x23\x00\x01abc"),
        (0x34, b"\x00\x01a\x00\x08\x0e\x26\x00\x01k\x00\x01v\x02\x00\x00\x00\x09\x01\x01abc"),
        (0x62, b"\x00\x08"),
        (0x82, b"\x00\x01\x00\x00\x03a/#\x2d"),
        (0xa2, b"\x00\x02\x00\x00\x03a/#"),
        (0x40, b"\x00\x01\x10\x00"),
        (0xc0, b""),
        (0xe0, b"\x04\x00"),
    ];
    let mut all = Vec::new();
    for (hello, talk) in [(old, talk_old), (new, talk_new)] {
        let talk: Vec<Vec<u8>> = talk.iter().map(|(first, rest)| packet(*first, rest)).collect();
        all.push(hello.clone());
        all.extend(talk.iter().map(|one| [&hello[..], one].concat()));
        all.push([hello, talk.concat()].concat());
    }
    all
}

/// A packet of less than 128 bytes.
fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    [&[first, rest.len() as u8], rest].concat()
}

/// Numbers from a seed: xorshift (Marsaglia 2003), the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

/// Bends a sample in a few places; now and then behind its CONNECT only, so that it gets far.
pub(crate) fn bend(dice: &mut Dice, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = samples[dice.roll(samples.len())].clone();
    if dice.roll(3) == 0 {
        let more = &samples[dice.roll(samples.len())];
        bytes.extend(&more[dice.roll(more.len())..]);
    }
    let from = if dice.roll(2) == 0 { (2 + usize::from(bytes[1])).min(bytes.len() - 1) } else { 0 };
    for _ in 0..1 + dice.roll(6) {
        let at = from + dice.roll(bytes.len() - from);
        match dice.roll(6) {
            0 => bytes[at] = dice.roll(256) as u8,
            1 => bytes[at] ^= 1 << dice.roll(8),
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, dice.roll(256) as u8),
            4 => bytes[at] = [0, 0x7f, 0x80, 0xff][dice.roll(4)],
            _ => {
                let part = bytes[at..].to_vec();
                bytes.extend(&part[..part.len().min(64)]);
            }
        }
        if bytes.len() <= from {
            break;
        }
    }
    bytes
}
