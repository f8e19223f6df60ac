//! What somebody types to a board in a terminal.

use fieldpost_boards::{BoardConfig, Control, Trouble};

/// The words that a board takes, in a line for those who type them.
pub(super) const fn help(board: &BoardConfig) -> &'static str {
    match board {
        BoardConfig::Sensor(_) => {
            "climate 25.5 60 · sensor silent · sensor ok · wifi off · wifi on · Ctrl-C ends"
        }
        BoardConfig::Display(_) => "Enter presses the button · wifi off · wifi on · Ctrl-C ends",
    }
}

/// What a line means.
pub(super) fn read(line: &str, board: &BoardConfig) -> Result<Vec<Control>, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match (board, words.as_slice()) {
        (_, ["wifi", "on"]) => Ok(vec![Control::Wifi(true)]),
        (_, ["wifi", "off"]) => Ok(vec![Control::Wifi(false)]),
        (BoardConfig::Display(_), [] | ["press"]) => {
            Ok(vec![Control::Button(true), Control::Button(false)])
        }
        (BoardConfig::Sensor(_), []) => Ok(Vec::new()),
        (BoardConfig::Sensor(_), ["climate", temperature, humidity]) => {
            match (temperature.parse(), humidity.parse()) {
                (Ok(temperature), Ok(humidity)) => {
                    Ok(vec![Control::Climate { temperature, humidity }])
                }
                _ => Err("a climate is two numbers: degrees Celsius and percent".into()),
            }
        }
        (BoardConfig::Sensor(_), ["sensor", what]) => match *what {
            "ok" => Ok(Trouble::None),
            "silent" => Ok(Trouble::Silent),
            "stuck" => Ok(Trouble::Stuck),
            "cut" => Ok(Trouble::Cut),
            "flipped" => Ok(Trouble::Flipped),
            "nonsense" => Ok(Trouble::Nonsense),
            _ => Err("a sensor is ok, silent, stuck, cut, flipped or nonsense".into()),
        }
        .map(|trouble| vec![Control::Sensor(trouble)]),
        (BoardConfig::Sensor(_), ["press"]) => Err("this board has no button".into()),
        (BoardConfig::Display(_), ["climate" | "sensor", ..]) => {
            Err("this board has no sensor".into())
        }
        _ => Err(format!("the words are: {}", help(board))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_boards::{DisplayConfig, Reader, SensorConfig, Told, Writer};
    use std::time::Duration;

    fn boards() -> [BoardConfig; 2] {
        let reader = Reader { channel: "1".parse().unwrap(), key: None };
        let writer = Writer {
            channel: reader.channel,
            key: "W4K2QZ81TTP0XN7B".parse().unwrap(),
            read_key: None,
        };
        let (interval, told, seed) = (Duration::from_secs(3), Told::Polling, 1);
        [
            BoardConfig::Sensor(SensorConfig {
                command: reader,
                readings: writer,
                interval,
                told,
                seed,
            }),
            BoardConfig::Display(DisplayConfig {
                readings: reader,
                command: writer,
                interval,
                told,
                seed,
            }),
        ]
    }

    #[test]
    fn every_word_of_the_help_is_understood() {
        for board in boards() {
            let help = help(&board);
            assert!(help.chars().count() <= 79, "a terminal has 80 columns: {help}");
            for words in help.split(" · ").filter(|words| !words.starts_with("Ctrl-C")) {
                let typed = if words.starts_with("Enter") { "" } else { words };
                assert!(!read(typed, &board).unwrap().is_empty(), "{words}");
            }
        }
    }

    #[test]
    fn faults_come_and_go_on_demand() {
        let [sensor, _] = boards();
        for (word, trouble) in [
            ("silent", Trouble::Silent),
            ("stuck", Trouble::Stuck),
            ("cut", Trouble::Cut),
            ("flipped", Trouble::Flipped),
            ("nonsense", Trouble::Nonsense),
            ("ok", Trouble::None),
        ] {
            let controls = read(&format!("sensor {word}"), &sensor);
            assert_eq!(controls, Ok(vec![Control::Sensor(trouble)]));
        }
    }

    #[test]
    fn what_a_board_cannot_do_is_said() {
        let [sensor, display] = boards();
        assert_eq!(read("", &sensor), Ok(Vec::new()), "Enter alone does nothing there");
        assert!(read("press", &sensor).unwrap_err().contains("no button"));
        assert!(read("climate 1 2", &display).unwrap_err().contains("no sensor"));
        assert!(read("climate warm", &sensor).unwrap_err().contains("climate 25.5 60"));
        assert!(read("climate a b", &sensor).unwrap_err().contains("two numbers"));
        assert!(read("sensor broken", &sensor).unwrap_err().contains("silent"));
    }
}
