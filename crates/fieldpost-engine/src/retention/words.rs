//! Sizes, counts and times as people read them.

/// A count with its word: "1 entry", "12,345 entries".
pub fn count(many: u64, one: &str, more: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{} {more}", grouped(many)) }
}

/// A size: "940 bytes", "1.4 MB", "12 GB".
pub fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    if bytes < 1_000 {
        return count(bytes, "byte", "bytes");
    }
    for unit in ["kB", "MB", "GB", "TB"] {
        size /= 1_000.0;
        // 999.96 kB is 1 MB in all but spelling.
        if size < 999.5 || unit == "TB" {
            let shown = if size < 9.95 { format!("{size:.1}") } else { format!("{size:.0}") };
            return format!("{} {unit}", shown.trim_end_matches(".0"));
        }
    }
    String::new()
}

/// A number with its thousands apart: "12,345".
pub fn grouped(many: u64) -> String {
    let digits = many.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_well() {
        let sizes = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_440_000, "1.4 MB"),
            (999_960, "1 MB"),
            (12_300_000_000, "12 GB"),
            (5_000_000_000_000_000, "5000 TB"),
        ];
        for (size, said) in sizes {
            assert_eq!(bytes(size), said);
        }
        assert_eq!(count(1, "entry", "entries"), "1 entry");
        assert_eq!(count(1_234_567, "entry", "entries"), "1,234,567 entries");
        assert_eq!(count(123, "entry", "entries"), "123 entries");
    }
}
