//! What must be true of every world once the weather is fine again.

use super::{LATEST, NOON, Program, World};
use fieldpost_node::{Reading, Screen};

impl World {
    /// Lets the weather clear up and everything come to rest, then asks what must be true.
    pub(crate) fn settle(&mut self) {
        self.calm = true;
        // The longest delay, the longest pause, the longest wait, and a little more.
        self.run(self.now + LATEST + 60_000 + 25_000 + 20_000);
        for site in 0..self.climate.sites {
            self.check(site);
        }
    }

    fn check(&self, site: usize) {
        let [sensor, display] = [0, 1].map(|n| &self.boards[site * 2 + n]);
        let (Program::Sensor(node), Program::Display(screen)) = (&sensor.program, &display.program)
        else {
            unreachable!("a site has a sensor node and a display node")
        };
        assert_eq!(node.outbox().dropped(), 0, "site {site} had room for everything");
        let entries = self.server.entries((site * 2 + 1) as u64);
        let waiting = node.outbox().len();
        assert!(
            waiting <= 5 + self.climate.limit_ms as usize / 1_000,
            "site {site}: {waiting} wait"
        );

        // Every reading is there once, in order, with its values and its own time; nothing else is.
        // The newest ones may be on their way, or there without the board knowing yet.
        let least = sensor.measured.len() - waiting;
        assert!(entries.len() >= least, "site {site}: {} of {least} readings", entries.len());
        let sent = &sensor.measured[..entries.len().min(sensor.measured.len())];
        let values =
            |reading: &Reading| [reading.temperature().to_string(), reading.humidity().to_string()];
        let expected = sent.iter().map(|(at, reading)| (*at, values(reading)));
        let found = entries.iter().map(|entry| {
            let at = entry.created_at.millis() - NOON.millis();
            (at as u64, [0, 1].map(|n| entry.fields[n].clone().unwrap_or_default()))
        });
        let (expected, found): (Vec<_>, Vec<_>) = (expected.collect(), found.collect());
        let differ = |n: &usize| expected.get(*n).map(|it| &it.1) != found.get(*n).map(|it| &it.1);
        if let Some(at) = (0..expected.len().max(found.len())).find(differ) {
            let near = |list: &[(u64, [String; 2])]| {
                let from = at.saturating_sub(3).min(list.len());
                format!("{:?}", &list[from..list.len().min(at + 4)])
            };
            let (measured, stored) = (near(&expected), near(&found));
            panic!("site {site}, reading {at}:\nmeasured {measured}\nstored   {stored}");
        }
        for ((at, _), entry) in sent.iter().zip(entries) {
            let off = entry.created_at.millis() - NOON.plus_millis(*at as i64).millis();
            // A date has whole seconds and was late itself; without one, the newest reading of a
            // bulk counts from its arrival.
            let bound = if self.climate.dates { 3_000 } else { 15_000 };
            assert!(off.abs() < bound, "site {site}: a reading of {at} ms is dated {off} ms off");
        }

        // The light is what the button says, and the screen shows what the channel says.
        assert_eq!(sensor.led, screen.state(), "site {site}: light and button");
        let Screen::Readings { temperature, .. } = screen.screen() else {
            panic!("site {site} shows {:?}", screen.screen())
        };
        // The newest reading, or one that was the newest before the last few, or the last bulk, came.
        let recent = if self.climate.limit_ms == 0 { 8 } else { 64 };
        let newest: Vec<&str> = found
            .iter()
            .rev()
            .take(recent)
            .map(|(_, [temperature, _])| temperature.as_str())
            .collect();
        assert!(newest.contains(&temperature.as_str()), "site {site} shows {temperature:?}");
    }
}
