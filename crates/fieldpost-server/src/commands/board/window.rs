//! A board in a terminal: drawn in place, with a line below it to type in.
//!
//! What is being typed is never drawn over. Nothing here knows what a word means.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldpost_boards::BoardSnapshot;

/// A size for terminals that do not tell theirs: columns and lines.
const USUAL: (usize, usize) = (80, 24);
/// The lines below the board: the help, a remark, and the line to type in.
const BELOW: usize = 3;

/// What is drawn. Both the board and the hand that types change it.
#[derive(Clone)]
pub(super) struct Window {
    drawn: Arc<Mutex<Drawn>>,
}

struct Drawn {
    help: &'static str,
    board: Option<Box<BoardSnapshot>>,
    remark: String,
    /// The size at which it was drawn last; `None` if the whole must be drawn anew.
    size: Option<(usize, usize)>,
}

impl Window {
    /// An empty window; the remark stays until there is another one.
    pub(super) fn new(help: &'static str, remark: String) -> Self {
        let drawn = Drawn { help, board: None, remark, size: None };
        Self { drawn: Arc::new(Mutex::new(drawn)) }
    }

    /// Shows a board.
    pub(super) fn show(&self, board: Box<BoardSnapshot>) {
        let mut drawn = self.lock();
        drawn.board = Some(board);
        drawn.draw(&mut std::io::stdout().lock(), size());
    }

    /// Answers a line that was typed. It has moved the cursor, so everything is drawn anew.
    pub(super) fn answer(&self, remark: String) {
        let mut drawn = self.lock();
        drawn.remark = remark;
        drawn.size = None;
        drawn.draw(&mut std::io::stdout().lock(), size());
    }

    fn lock(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size() -> (usize, usize) {
    let told = terminal_size::terminal_size();
    told.map_or(USUAL, |(width, height)| (usize::from(width.0), usize::from(height.0)))
}

impl Drawn {
    fn draw(&mut self, out: &mut impl Write, size: (usize, usize)) {
        let Some(board) = &self.board else { return };
        let (columns, lines) = size;
        let anew = self.size.replace(size) != Some(size);
        let mut text = board.text_within(columns, lines.saturating_sub(BELOW));
        for line in [self.help, &self.remark] {
            text.extend(line.chars().take(columns));
            text.push('\n');
        }
        // Each line ends by wiping what is left of the one that was there before: no flicker.
        let text = text.replace('\n', "\x1b[K\n");
        // Nobody looks any more when this fails; the board stops by its own signal.
        let _ = if anew {
            write!(out, "\x1b[H\x1b[2J{text}> ")
        } else {
            // The cursor goes back to what is being typed.
            write!(out, "\x1b7\x1b[H{text}\x1b8")
        };
        let _ = out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_boards::BoardId;
    use fieldpost_boards::snapshot::{Climate, Log, SensorSnapshot};

    fn window() -> Drawn {
        let board = BoardSnapshot::Sensor(SensorSnapshot {
            id: BoardId::Sensor,
            name: "Sensor node",
            wifi: true,
            led: false,
            heartbeat: false,
            climate: Climate { temperature: 21.5, humidity: 55.0 },
            reading: None,
            fault: None,
            log: Log::default(),
        });
        Drawn { help: "help", board: Some(Box::new(board)), remark: "a remark".into(), size: None }
    }

    fn drawn(window: &mut Drawn, size: (usize, usize)) -> String {
        let mut out = Vec::new();
        window.draw(&mut out, size);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_window_is_wiped_once_and_then_drawn_in_place_around_what_is_typed() {
        let mut window = window();
        let first = drawn(&mut window, (80, 24));
        assert!(first.starts_with("\x1b[H\x1b[2J") && first.ends_with("a remark\x1b[K\n> "));
        let second = drawn(&mut window, (80, 24));
        assert!(second.starts_with("\x1b7\x1b[H") && second.ends_with("\x1b8"), "{second:?}");
        assert!(!second.contains("\x1b[2J") && !second.contains("> "));
        assert!(drawn(&mut window, (60, 24)).contains("\x1b[2J"), "another size");
    }

    #[test]
    fn a_small_window_does_not_scroll() {
        for lines in 3..30 {
            let text = drawn(&mut window(), (10, lines));
            assert!(text.matches('\n').count() < lines, "{lines}: {text:?}");
        }
    }
}
