//! Subscriptions by the levels of their filters, so that finding who hears a topic takes as long as the topic is, not as many as
//! subscribe.

use std::collections::HashMap;

/// Subscriptions of many. `T` says whose.
#[derive(Debug)]
pub(crate) struct Trie<T> {
    root: Level<T>,
}

#[derive(Debug)]
struct Level<T> {
    /// By the next level's word; `+` stands among them.
    below: HashMap<Box<str>, Level<T>>,
    /// Whose filter ends here.
    ends: Vec<T>,
    /// Whose filter ends here with `#`.
    rest: Vec<T>,
}

impl<T> Default for Level<T> {
    fn default() -> Self {
        Self { below: HashMap::new(), ends: Vec::new(), rest: Vec::new() }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self { root: Level::default() }
    }
}

impl<T> Trie<T> {
    /// Adds a subscription in place of that for which `is_same` holds. True if there was none.
    pub(crate) fn add(&mut self, filter: &str, whose: T, is_same: impl Fn(&T) -> bool) -> bool {
        let mut level = &mut self.root;
        let mut words = filter.split('/').peekable();
        while let Some(word) = words.next() {
            if word == "#" && words.peek().is_none() {
                return put(&mut level.rest, whose, is_same);
            }
            level = level.below.entry(word.into()).or_default();
        }
        put(&mut level.ends, whose, is_same)
    }

    /// Takes the subscription away for which `is_it` holds. True if there was one.
    pub(crate) fn remove(&mut self, filter: &str, is_it: impl Fn(&T) -> bool) -> bool {
        let words: Vec<&str> = filter.split('/').collect();
        self.root.remove(&words, &is_it)
    }

    /// Calls `found` for each subscription that hears a topic.
    pub(crate) fn hear<'a>(&'a self, topic: &str, found: &mut impl FnMut(&'a T)) {
        self.root.hear(Some(topic), topic.starts_with('$'), found);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_empty()
    }
}

fn put<T>(list: &mut Vec<T>, whose: T, is_same: impl Fn(&T) -> bool) -> bool {
    match list.iter_mut().find(|known| is_same(known)) {
        Some(known) => {
            *known = whose;
            false
        }
        None => {
            list.push(whose);
            true
        }
    }
}

fn take<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> bool {
    let place = list.iter().position(is_it);
    if let Some(place) = place {
        list.swap_remove(place);
    }
    place.is_some()
}

impl<T> Level<T> {
    fn is_empty(&self) -> bool {
        self.below.is_empty() && self.ends.is_empty() && self.rest.is_empty()
    }

    fn remove(&mut self, words: &[&str], is_it: &impl Fn(&T) -> bool) -> bool {
        match words {
            [] => take(&mut self.ends, is_it),
            ["#"] => take(&mut self.rest, is_it),
            [word, below @ ..] => {
                let Some(level) = self.below.get_mut(*word) else { return false };
                let removed = level.remove(below, is_it);
                if level.is_empty() {
                    self.below.remove(*word);
                }
                removed
            }
        }
    }

    /// `own` is true in the first level of a topic that begins with `$`, which no wildcard reaches.
    fn hear<'a>(&'a self, topic: Option<&str>, own: bool, found: &mut impl FnMut(&'a T)) {
        if !own {
            self.rest.iter().for_each(&mut *found);
        }
        let Some(topic) = topic else {
            self.ends.iter().for_each(found);
            return;
        };
        if self.below.is_empty() {
            return;
        }
        let (word, below) = match topic.split_once('/') {
            Some((word, below)) => (word, Some(below)),
            None => (topic, None),
        };
        if let Some(level) = self.below.get(word) {
            level.hear(below, false, found);
        }
        if !own && let Some(level) = self.below.get("+") {
            level.hear(below, false, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::filter::{is_filter, matches};

    fn heard(trie: &Trie<u32>, topic: &str) -> Vec<u32> {
        let mut all = Vec::new();
        trie.hear(topic, &mut |who| all.push(*who));
        all.sort_unstable();
        all
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut trie = Trie::default();
        for (who, filter) in [(1, "a/b"), (2, "a/+/c"), (3, "a/#"), (4, "#")] {
            assert!(trie.add(filter, who, |known| *known == who));
            assert!(!trie.add(filter, who, |known| *known == who), "the same again");
        }
        assert_eq!(heard(&trie, "a/b"), [1, 3, 4]);
        assert_eq!(heard(&trie, "a/x/c"), [2, 3, 4]);
        assert!(!trie.remove("a/b", |who| *who == 9));
        assert!(!trie.remove("nobody/here", |who| *who == 1));
        for (who, filter) in [(1, "a/b"), (2, "a/+/c"), (3, "a/#"), (4, "#")] {
            assert!(trie.remove(filter, |known| *known == who));
        }
        assert!(trie.is_empty());
    }

    proptest! {
        #[test]
        fn it_finds_what_matches_one_by_one(
            filters in proptest::collection::vec("[ab$+#/]{1,6}", 0..12),
            topic in "[ab$/]{1,6}",
        ) {
            let mut trie = Trie::default();
            let filters: Vec<&String> = filters.iter().filter(|filter| is_filter(filter)).collect();
            for (who, filter) in filters.iter().enumerate() {
                trie.add(filter, who as u32, |known| *known == who as u32);
            }
            let expected: Vec<u32> = filters
                .iter()
                .enumerate()
                .filter(|(_, filter)| matches(filter, &topic))
                .map(|(who, _)| who as u32)
                .collect();
            prop_assert_eq!(heard(&trie, &topic), expected);
        }
    }
}
