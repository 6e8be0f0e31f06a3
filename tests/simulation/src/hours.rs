//! What a person does with their time: breaks, pauses, closed periods, a window switched off.

use jiff::SignedDuration;
use kossori_api::Request;

use super::story::Story;

impl Story {
    pub fn take_a_break(&mut self) {
        if self.machine.off != SignedDuration::ZERO {
            return;
        }
        let asked_at = self.machine.now();
        match self.luck.below(8) {
            0..=2 => {
                let minutes = u32::try_from(5 + self.luck.below(40)).unwrap_or(5);
                let answered = self.machine.ask(Request::BreakNow {
                    minutes,
                    accounts: Vec::new(),
                    practice_only: false,
                });
                // Granted whatever was answered: the judge allows what may have been opened.
                let ends = self.machine.now() + SignedDuration::from_mins(i64::from(minutes));
                if !matches!(answered, Some(Err(_))) {
                    self.openings
                        .change(asked_at, |held| held.break_now = Some((asked_at, ends)));
                }
            }
            3 => {
                if self.ask(Request::BreakEnd).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.break_now = None);
                }
            }
            4 => {
                let pause = Request::Pause {
                    duration: None,
                    until: None,
                };
                if self.ask(pause).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.paused = true);
                }
            }
            5 => {
                let (from, to) = (
                    asked_at + self.luck.seconds(0, 80_000),
                    asked_at + self.luck.seconds(80_000, 160_000),
                );
                let close = Request::ClosedAdd {
                    from: from.to_string(),
                    to: to.to_string(),
                    zone: None,
                };
                if self.ask(close).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.closed.push((from, to)));
                }
            }
            _ => {
                let without = !self.openings.now().without_lunch;
                let enable = Request::WindowEnable {
                    name: "lunch".to_owned(),
                    enabled: !without,
                };
                if self.ask(enable).is_some() {
                    // It may be done long before it is answered.
                    let at = if without { self.machine.now() } else { asked_at };
                    self.openings.change(at, |held| held.without_lunch = without);
                }
            }
        }
    }
}
