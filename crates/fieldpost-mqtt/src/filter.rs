//! Topics and filters as MQTT has them (3.1.1 and 5, 4.7): which are allowed, and which match.

/// The longest topic or filter that is taken, in bytes.
pub(crate) const TOPIC_MAX: usize = 512;
/// The most levels of a topic or filter.
const LEVELS_MAX: usize = 64;

/// True for a topic that a client may publish to: spelt out, and none of the server's own.
pub(crate) fn is_topic(topic: &str) -> bool {
    is_fine(topic) && !topic.contains(['+', '#']) && !topic.starts_with('$')
}

/// True for a filter whose wildcards stand alone in their level, `#` in the last.
pub(crate) fn is_filter(filter: &str) -> bool {
    is_fine(filter)
        && filter.split('/').all(|level| level.len() == 1 || !level.contains(['+', '#']))
        && filter.find('#').is_none_or(|at| at + 1 == filter.len())
}

fn is_fine(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= TOPIC_MAX
        && !text.contains('\0')
        && text.split('/').count() <= LEVELS_MAX
}

/// True if a filter matches a topic. Wildcards do not reach topics that begin with `$`.
pub(crate) fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut filter = filter.split('/');
    let mut topic = topic.split('/');
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some(a), Some(b)) if a == "+" || a == b => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, fits) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("a/#", "a/b/c", true),
            ("a/#", "a", true),
            ("#", "a/b", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("+", "/a", false),
            ("+/+", "/a", true),
            ("/+", "/a", true),
            ("+", "", true),
        ] {
            assert_eq!(matches(filter, topic), fits, "{filter} {topic}");
        }
    }

    #[test]
    fn what_is_no_topic_and_no_filter_is_known() {
        for topic in ["", "a/+", "#", "$SYS/x", "a\0b", &"x".repeat(513), &"/".repeat(64)] {
            assert!(!is_topic(topic), "{topic:?}");
        }
        for topic in ["/", "a", "a b/ü", "cmnd/tasmota_1/POWER", &"/".repeat(63)] {
            assert!(is_topic(topic), "{topic:?}");
        }
        for filter in ["", "a+", "a/#/b", "a/b#", "#/a", "+a/b", "a\0"] {
            assert!(!is_filter(filter), "{filter:?}");
        }
        for filter in ["#", "+", "a/+/b/#", "+/+", "/#", "$SYS/#"] {
            assert!(is_filter(filter), "{filter:?}");
        }
    }
}
