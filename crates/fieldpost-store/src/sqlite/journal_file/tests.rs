//! Rows come back, whoever reads them, however the file was used before, and whatever a crash left of the last one.

use proptest::prelude::*;

use super::*;

const ID: i64 = 77;

/// A process that appends, as far as the file is concerned.
struct Process {
    journal: JournalFile,
    seq: i64,
}

impl Process {
    fn open(database: &Path, free: i64) -> Self {
        let mut this = Self {
            journal: JournalFile::open(database, ID, free, &Arc::default()).unwrap(),
            seq: free,
        };
        this.catch_up();
        this.journal.is_at_its_end(this.seq).unwrap();
        this
    }

    /// Reads what is new.
    fn catch_up(&mut self) -> Vec<(i64, Vec<u8>)> {
        let mut found = Vec::new();
        loop {
            let news = self.journal.news(self.seq, 3).unwrap();
            self.journal.take_in(&news);
            let Some(last) = news.rows.last() else { return found };
            self.seq = last.seq;
            found.extend(news.rows.into_iter().map(|row| (row.seq, row.body)));
        }
    }

    fn append(&mut self, body: &[u8]) {
        let mut row = self.journal.append(self.seq + 1, body);
        assert!(!self.journal.is_news(self.seq), "what is under way is no news");
        row.write(0, body).unwrap();
        assert_eq!(self.journal.news(self.seq, 9).unwrap().rows.len(), 0);
        self.seq = row.seq();
        self.journal.keep(row);
        assert!(!self.journal.is_news(self.seq));
    }
}

fn begin() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("x.db");
    JournalFile::begin(&database, ID, 0, &Arc::default()).unwrap();
    (dir, database)
}

/// A body that is different for each row.
fn body(seq: i64, len: usize) -> Vec<u8> {
    (0..len).map(|at| (seq as usize * 31 + at * 7) as u8).collect()
}

/// What happens to a journal.
#[derive(Clone, Debug)]
enum Step {
    /// One of two processes appends a row of so many bytes.
    Append(bool, usize),
    /// Up to so many rows before the last one nothing is needed any more.
    Free(i64),
    /// One of two processes ends and another one begins.
    Restart(bool),
    /// The other process looks.
    Look(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let len = prop_oneof![3 => 0..200_usize, 2 => 100_000..ROW_MAX, 1 => Just(ROW_MAX)];
    prop_oneof![
        6 => (any::<bool>(), len).prop_map(|(who, len)| Step::Append(who, len)),
        2 => (0..4_i64).prop_map(Step::Free),
        1 => any::<bool>().prop_map(Step::Restart),
        2 => any::<bool>().prop_map(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40),
        ..ProptestConfig::default()
    })]

    #[test]
    fn rows_come_back_in_order_to_all_who_read(steps in proptest::collection::vec(step(), 1..40)) {
        let (_dir, database) = begin();
        let mut both = [Process::open(&database, 0), Process::open(&database, 0)];
        let (mut lens, mut free) = (Vec::<usize>::new(), 0_i64);
        let right = |found: Vec<(i64, Vec<u8>)>, seq: i64, lens: &[usize], free: i64| {
            let mut next = seq + 1;
            for (seq, got) in found {
                // Only rows that nobody needs may be missing.
                assert!(seq == next || (seq > next && next <= free && seq <= free + 1), "{next} {seq} {free}");
                assert_eq!(got, body(seq, lens[seq as usize - 1]));
                next = seq + 1;
            }
            assert_eq!(next, lens.len() as i64 + 1);
        };
        for step in steps {
            match step {
                Step::Append(who, len) => {
                    let process = &mut both[usize::from(who)];
                    let seq = process.seq;
                    // Whoever may write has caught up, and knows what is free.
                    if process.journal.is_news(seq) {
                        right(process.catch_up(), seq, &lens, free);
                    }
                    prop_assert_eq!(process.seq, lens.len() as i64);
                    process.journal.free = free;
                    lens.push(len);
                    process.append(&body(process.seq + 1, len));
                }
                Step::Free(before) => free = free.max(lens.len() as i64 - before),
                Step::Restart(who) => {
                    both[usize::from(who)] = Process::open(&database, free);
                    prop_assert_eq!(both[usize::from(who)].seq, lens.len() as i64);
                }
                Step::Look(who) => {
                    let process = &mut both[usize::from(who)];
                    let seq = process.seq;
                    prop_assert_eq!(process.journal.is_news(seq), seq < lens.len() as i64);
                    right(process.catch_up(), seq, &lens, free);
                }
            }
        }
        let mut last = JournalFile::open(&database, ID, free, &Arc::default()).unwrap();
        let news = last.news(free, usize::MAX).unwrap();
        right(news.rows.into_iter().map(|row| (row.seq, row.body)).collect(), free, &lens, free);
    }

    #[test]
    fn a_crash_in_the_middle_of_a_row_leaves_those_before_it(cut in 0..=ROW_HEAD + 300, next in 0..400_usize) {
        let (_dir, database) = begin();
        let mut process = Process::open(&database, 0);
        (0..3).for_each(|seq| process.append(&body(seq, 300)));
        let path = journal_of(&database);
        let before = std::fs::read(&path).unwrap();
        process.append(&body(4, 300));
        drop(process);
        let mut file = std::fs::read(&path).unwrap();
        let end = HEAD as usize + 3 * (ROW_HEAD + 300) + cut;
        file[end..].copy_from_slice(&before[end..]);
        std::fs::write(&path, file).unwrap();
        let whole = cut == ROW_HEAD + 300;
        let mut process = Process::open(&database, 0);
        prop_assert_eq!(process.seq, if whole { 4 } else { 3 });
        process.append(&body(9, next));
        let last = process.seq;
        drop(process);
        prop_assert_eq!(Process::open(&database, 0).seq, last);
    }

    #[test]
    fn damage_before_the_last_row_is_said(at in 0..3 * (ROW_HEAD + 50), bit in 0..8_u8) {
        let (_dir, database) = begin();
        let mut process = Process::open(&database, 0);
        (0..4).for_each(|seq| process.append(&body(seq, 50)));
        let path = journal_of(&database);
        let mut file = std::fs::read(&path).unwrap();
        file[HEAD as usize + at] ^= 1 << bit;
        std::fs::write(&path, file).unwrap();
        let mut journal = JournalFile::open(&database, ID, 0, &Arc::default()).unwrap();
        let news = journal.news(0, usize::MAX).unwrap();
        let row = (at / (ROW_HEAD + 50)) as i64;
        let last = news.rows.last().map_or(0, |row| row.seq);
        journal.take_in(&news);
        let said = journal.is_at_its_end(last).map_err(|error| std::error::Error::source(&error).unwrap().to_string());
        prop_assert_eq!(last, row);
        let which = format!("the journal is damaged: row {} can't be read", row + 1);
        prop_assert_eq!(said, Err(which));
    }
}

/// What `docs/storage.md` draws, made apart from this code.
#[test]
fn the_bytes_are_those_of_version_1() {
    let (_dir, database) = begin();
    Process::open(&database, 0).append(b"abc");
    let file = std::fs::read(journal_of(&database)).unwrap();
    let hex = |range: std::ops::Range<usize>| {
        file[range].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(hex(0..28), "46506f734a6e6c014d0000000000000000000800000000008e6cefd6");
    assert_eq!(
        hex(4_096..4_131),
        "5508bad7f86769b4030000000000000001000000000000000000000000000000616263"
    );
    assert!(file[28..4_096].iter().chain(&file[4_131..]).all(|byte| *byte == 0));
    assert_eq!(file.len(), 4_096 + 524_288);
}

#[test]
fn a_row_that_was_given_up_is_not_there() {
    let (_dir, database) = begin();
    let mut process = Process::open(&database, 0);
    process.append(b"one");
    let mut row = process.journal.append(2, b"two");
    row.write(0, b"two").unwrap();
    drop(row);
    assert_eq!(Process::open(&database, 0).seq, 1);
    process.append(b"another two");
    assert_eq!(Process::open(&database, 0).catch_up(), []);
    let mut journal = JournalFile::open(&database, ID, 0, &Arc::default()).unwrap();
    let bodies: Vec<_> = journal.news(0, 9).unwrap().rows.into_iter().map(|row| row.body).collect();
    assert_eq!(bodies, [b"one".to_vec(), b"another two".to_vec()]);
}

#[test]
fn room_is_used_again_and_the_file_does_not_grow() {
    let (_dir, database) = begin();
    let mut process = Process::open(&database, 0);
    for seq in 1..200 {
        process.append(&body(seq, 60_000));
        process.journal.free = process.seq - 2;
    }
    let len = std::fs::metadata(journal_of(&database)).unwrap().len();
    assert!(len <= HEAD + 3 * SLOT, "{len}");
}

#[test]
fn what_was_there_before_counts_no_more() {
    let (_dir, database) = begin();
    let mut old = Process::open(&database, 0);
    (0..9).for_each(|seq| old.append(&body(seq, 200_000)));
    JournalFile::begin(&database, ID + 1, 4, &Arc::default()).unwrap();
    let mut new = JournalFile::open(&database, ID + 1, 4, &Arc::default()).unwrap();
    assert_eq!(new.news(4, 9).unwrap().rows.len(), 0);
    new.is_at_its_end(4).unwrap();
    assert!(JournalFile::open(&database, ID, 4, &Arc::default()).is_err(), "the other one is gone");
}

#[test]
fn a_journal_that_is_missing_or_of_another_database_is_said() {
    let (_dir, database) = begin();
    let why = |error: StoreError| std::error::Error::source(&error).unwrap().to_string();
    let other = why(JournalFile::open(&database, 78, 0, &Arc::default()).unwrap_err());
    assert!(other.contains("belongs to another database"), "{other}");
    std::fs::remove_file(journal_of(&database)).unwrap();
    let missing = why(JournalFile::open(&database, ID, 0, &Arc::default()).unwrap_err());
    assert!(missing.contains("is missing"), "{missing}");
}
