//! When something was open, worked out by the judge itself: civil minutes and what the person did, not the engine's
//! calendar.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// From the moment that a person changed something, a call that had begun before may still commit.
const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(31);

#[derive(Clone, Debug, Default)]
pub struct InForce {
    pub paused: bool,
    pub without_lunch: bool,
    pub night: bool,
    pub break_now: Option<(Timestamp, Timestamp)>,
    pub closed: Vec<(Timestamp, Timestamp)>,
    /// Exact times that open ten minutes for one delivery: (text's number, from).
    pub overrides: Vec<(u64, Timestamp)>,
}

pub struct Openings {
    pub zone: TimeZone,
    /// What held from when on, the oldest first.
    history: Vec<(Timestamp, InForce)>,
}

impl Openings {
    pub fn new(zone: TimeZone, at: Timestamp) -> Openings {
        Openings {
            zone,
            history: vec![(at, InForce::default())],
        }
    }

    pub fn now(&self) -> InForce {
        self.history
            .last()
            .map(|(_, held)| held.clone())
            .unwrap_or_default()
    }

    pub fn change(&mut self, at: Timestamp, change: impl FnOnce(&mut InForce)) {
        let mut held = self.now();
        change(&mut held);
        self.history.push((at, held));
    }

    /// May text `number` be committed at `moment`?
    pub fn allows(&self, moment: Timestamp, number: u64) -> bool {
        let held = |index: usize| {
            let begins = self.history[index].0;
            let ends = self.history.get(index + 1).map_or(Timestamp::MAX, |next| next.0);
            begins <= moment && moment - IN_FLIGHT <= ends
        };
        (0..self.history.len())
            .filter(|index| held(*index))
            .any(|index| self.allows_by(&self.history[index].1, moment, number))
    }

    fn allows_by(&self, held: &InForce, moment: Timestamp, number: u64) -> bool {
        let within = |(from, to): &(Timestamp, Timestamp)| *from <= moment && moment < *to;
        if held.paused || held.closed.iter().any(within) {
            return false;
        }
        let overridden = held
            .overrides
            .iter()
            .any(|(of, from)| *of == number && within(&(*from, *from + SignedDuration::from_mins(10))));
        overridden || held.break_now.iter().any(within) || self.usual(held, moment)
    }

    /// The windows of a new folder, without holidays (the stories have none), and the story's own at night.
    fn usual(&self, held: &InForce, moment: Timestamp) -> bool {
        let here = moment.to_zoned_datetime(self.zone.clone());
        let minute = i32::from(here.hour()) * 60 + i32::from(here.minute());
        let weekend = matches!(here.weekday(), Weekday::Saturday | Weekday::Sunday);
        let between = |from: i32, to: i32| (from * 30..to * 30).contains(&minute);
        let night = held.night && between(3, 7);
        let open = if weekend {
            between(18, 45)
        } else {
            between(24, 26) && !held.without_lunch || between(37, 45)
        };
        (open || night) && is_first_pass(&here)
    }

    /// Whether the zone's clocks were set between the two.
    pub fn clocks_change(&self, from: Timestamp, to: Timestamp) -> bool {
        self.zone.to_offset(from) != self.zone.to_offset(to)
    }
}

/// Not the second time that the same civil minute comes.
fn is_first_pass(here: &jiff::ZonedDateTime) -> bool {
    here.time_zone()
        .to_ambiguous_zoned_datetime(here.datetime())
        .earlier()
        .is_ok_and(|earlier| earlier == *here)
}
