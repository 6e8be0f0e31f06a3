//! Where the composer opens: beside the click on the tray, else in the corner where the tray is; and where the main window
//! opens again.

/// In physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    pub fn contains(&self, (x, y): (i32, i32)) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// From the window to the click, and to the screen's edges.
const MARGIN: i32 = 8;

/// GTK's setting for text of the usual size: 96 dots an inch, in 1024ths of one.
const USUAL_TEXT: f64 = 96.0 * 1024.0;

/// How many times as large as usual a window is for text of this size (`gtk-xft-dpi`; less than one: not set). Small text
/// needs no small window.
pub fn times_text(dpi_1024ths: i32) -> f64 {
    (f64::from(dpi_1024ths) / USUAL_TEXT).clamp(1.0, 3.0)
}

/// The window's place and size. `screen` is all of it, `work` what panels leave.
pub fn place(click: Option<(i32, i32)>, screen: Rect, work: Rect, wanted: (i32, i32)) -> Rect {
    let width = wanted.0.min(work.width);
    let height = wanted.1.min(work.height);
    let (x, y) = match click {
        Some((x, y)) => {
            let above = y > screen.y + screen.height / 2;
            let y = if above { y - MARGIN - height } else { y + MARGIN };
            (x - width / 2, y)
        }
        None => {
            // A panel on top takes its height from there; without one the tray is at the bottom.
            let on_top = work.y > screen.y;
            let y = if on_top {
                work.y + MARGIN
            } else {
                work.y + work.height - height - MARGIN
            };
            (work.x + work.width - width - MARGIN, y)
        }
    };
    inside(Rect { x, y, width, height }, work)
}

/// A window that was there, whole inside what panels leave of the screen that it was mostly on. `None`: that screen is not
/// there any more.
pub fn again(was: Rect, works: &[Rect]) -> Option<Rect> {
    let common = |work: &Rect| {
        let side = |at: i32, length: i32, from: i32, room: i32| (at + length).min(from + room) - at.max(from);
        let width = side(was.x, was.width, work.x, work.width).max(0);
        let height = side(was.y, was.height, work.y, work.height).max(0);
        i64::from(width) * i64::from(height)
    };
    let work = works.iter().max_by_key(|work| common(work))?;
    (common(work) > 0).then(|| {
        let smaller = Rect {
            width: was.width.min(work.width),
            height: was.height.min(work.height),
            ..was
        };
        inside(smaller, *work)
    })
}

/// Moved as little as it takes; it is no larger.
fn inside(window: Rect, work: Rect) -> Rect {
    let within = |at: i32, from: i32, room: i32| at.clamp(from, from + room.max(0));
    Rect {
        x: within(window.x, work.x, work.width - window.width),
        y: within(window.y, work.y, work.height - window.height),
        ..window
    }
}

#[cfg(test)]
mod tests {
    use super::{Rect, again, place, times_text};

    const SCREEN: Rect = Rect {
        x: 0,
        y: 0,
        width: 1280,
        height: 800,
    };
    const PANEL_BELOW: Rect = Rect {
        height: 770,
        ..SCREEN
    };
    const PANEL_ABOVE: Rect = Rect {
        y: 30,
        height: 770,
        ..SCREEN
    };

    #[test]
    fn near_the_click_else_in_the_trays_corner_and_always_in_the_work_area() {
        let size = (440, 520);
        let table = [
            ("a tray below", Some((1000, 790)), PANEL_BELOW, (780, 250)),
            ("a tray above", Some((1000, 10)), PANEL_ABOVE, (780, 30)),
            (
                "a click near the right edge",
                Some((1270, 790)),
                PANEL_BELOW,
                (840, 250),
            ),
            (
                "a click near the left edge",
                Some((3, 790)),
                PANEL_BELOW,
                (0, 250),
            ),
            ("a click outside", Some((9000, -50)), SCREEN, (840, 0)),
            ("no click, a panel below", None, PANEL_BELOW, (832, 242)),
            ("no click, a panel above", None, PANEL_ABOVE, (832, 38)),
        ];
        for (name, click, work, expected) in table {
            let at = place(click, SCREEN, work, size);
            assert_eq!((at.x, at.y), expected, "{name}");
            assert_eq!((at.width, at.height), size, "{name}");
        }
    }

    #[test]
    fn a_second_screen_and_one_that_is_too_small() {
        let second = Rect { x: 1280, ..SCREEN };
        let at = place(Some((1300, 790)), second, second, (440, 520));
        assert_eq!((at.x, at.y), (1280, 262));
        let small = Rect {
            width: 400,
            height: 300,
            ..SCREEN
        };
        assert_eq!(place(None, small, small, (440, 520)), small);
        assert_eq!(place(Some((10, 10)), small, small, (440, 520)), small);
    }

    #[test]
    fn the_main_window_comes_back_whole_to_the_screen_where_it_was() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        let second = rect(1280, 0, 1920, 1080);
        let works = [PANEL_BELOW, second];
        let table = [
            (
                "as it was",
                rect(100, 50, 900, 600),
                Some(rect(100, 50, 900, 600)),
            ),
            (
                "on the other screen",
                rect(1500, 50, 900, 600),
                Some(rect(1500, 50, 900, 600)),
            ),
            (
                "mostly there",
                rect(1200, 50, 900, 600),
                Some(rect(1280, 50, 900, 600)),
            ),
            (
                "under the panel",
                rect(100, 400, 900, 600),
                Some(rect(100, 170, 900, 600)),
            ),
            (
                "over the edge",
                rect(-500, -20, 900, 600),
                Some(rect(0, 0, 900, 600)),
            ),
            (
                "larger than it",
                rect(-50, -50, 1300, 900),
                Some(rect(0, 0, 1280, 770)),
            ),
            ("nowhere any more", rect(0, 2000, 900, 600), None),
        ];
        for (name, was, expected) in table {
            assert_eq!(again(was, &works), expected, "{name}");
        }
        assert_eq!(again(rect(0, 0, 900, 600), &[]), None);
    }

    #[test]
    fn a_window_grows_with_large_text_and_does_not_shrink_with_small() {
        let table = [
            (-1, 1.0),
            (0, 1.0),
            (98_304, 1.0),
            (122_880, 1.25),
            (196_608, 2.0),
        ];
        for (dpi, times) in table {
            assert!((times_text(dpi) - times).abs() < 1e-9, "{dpi}");
        }
        assert!(times_text(73_728) >= 1.0 && times_text(i32::MAX) <= 3.0);
    }

    #[test]
    fn a_screen_contains_its_points() {
        let second = Rect { x: 1280, ..SCREEN };
        assert!(SCREEN.contains((1279, 799)) && !SCREEN.contains((1280, 0)));
        assert!(second.contains((1280, 0)) && !second.contains((0, 0)));
    }
}
