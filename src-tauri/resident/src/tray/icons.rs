//! The icons, as `script/icons` drew them: shapes without a colour, which is chosen here.

use super::State;

/// Sides in pixels, and the shapes of each state: one byte of opacity a pixel.
type Shapes = [(usize, &'static [u8]); 3];

macro_rules! shapes {
    ($state:literal) => {
        [
            (
                16,
                include_bytes!(concat!("../../icons/", $state, "-16.alpha")).as_slice(),
            ),
            (
                22,
                include_bytes!(concat!("../../icons/", $state, "-22.alpha")).as_slice(),
            ),
            (
                32,
                include_bytes!(concat!("../../icons/", $state, "-32.alpha")).as_slice(),
            ),
        ]
    };
}

const IDLE: Shapes = shapes!("idle");
const QUEUED: Shapes = shapes!("queued");
const PAUSED: Shapes = shapes!("paused");
const NEEDS_YOU: Shapes = shapes!("needs-you");

/// What the icon stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    Dark,
    Light,
}

impl Panel {
    /// No desktop tells the colour of its panel. `KOSSORI_PANEL` (`dark` or `light`) decides; without it the panel is
    /// what it is by default on this desktop: light on KDE and MATE, dark elsewhere.
    pub fn of(said: Option<&str>, desktop: Option<&str>) -> Panel {
        match said {
            Some("light") => return Panel::Light,
            Some("dark") => return Panel::Dark,
            _ => {}
        }
        let light = |name: &str| name.eq_ignore_ascii_case("KDE") || name.eq_ignore_ascii_case("MATE");
        if desktop.unwrap_or_default().split(':').any(light) {
            Panel::Light
        } else {
            Panel::Dark
        }
    }

    pub fn of_process() -> Panel {
        let of = |name: &str| std::env::var(name).ok();
        Panel::of(
            of("KOSSORI_PANEL").as_deref(),
            of("XDG_CURRENT_DESKTOP").as_deref(),
        )
    }

    /// `ink` of the design's dark and light icons.
    fn ink(self) -> [u8; 3] {
        match self {
            Panel::Dark => [0xf2, 0xf1, 0xed],
            Panel::Light => [0x1e, 0x22, 0x27],
        }
    }
}

/// Side and ARGB32 in network byte order, for each size.
pub fn pixmaps(state: State, panel: Panel) -> impl Iterator<Item = (i32, Vec<u8>)> {
    let shapes = match state {
        State::Idle => IDLE,
        State::Queued => QUEUED,
        State::Paused => PAUSED,
        State::NeedsYou => NEEDS_YOU,
    };
    let [red, green, blue] = panel.ink();
    shapes.into_iter().map(move |(side, opacity)| {
        let pixels = opacity.iter().flat_map(|alpha| [*alpha, red, green, blue]);
        // 32 at most.
        (side as i32, pixels.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::{Panel, pixmaps};
    use crate::tray::State;

    #[test]
    fn every_state_has_a_picture_of_its_own_in_every_size() {
        let states = [State::Idle, State::Queued, State::Paused, State::NeedsYou];
        let mut seen = std::collections::BTreeSet::new();
        for state in states {
            for (side, pixels) in pixmaps(state, Panel::Dark) {
                assert_eq!(pixels.len(), (side * side * 4) as usize, "{state:?} {side}");
                let inked = pixels.chunks_exact(4).filter(|pixel| pixel[0] > 0).count();
                assert!(inked > 20, "{state:?} {side} is empty");
                assert!(
                    pixels
                        .chunks_exact(4)
                        .all(|pixel| pixel[1..] == [0xf2, 0xf1, 0xed])
                );
                assert!(seen.insert(pixels), "{state:?} {side} looks like another one");
            }
        }
        assert_eq!(seen.len(), 12);
    }

    #[test]
    fn what_the_panel_is() {
        let table = [
            (None, None, Panel::Dark),
            (None, Some("XFCE"), Panel::Dark),
            (None, Some("ubuntu:GNOME"), Panel::Dark),
            (None, Some("KDE"), Panel::Light),
            (Some("dark"), Some("KDE"), Panel::Dark),
            (Some("light"), Some("GNOME"), Panel::Light),
            (Some("?"), Some("MATE"), Panel::Light),
        ];
        for (said, desktop, expected) in table {
            assert_eq!(Panel::of(said, desktop), expected, "{said:?} {desktop:?}");
        }
    }
}
