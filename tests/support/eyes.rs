//! Quick eyes and hands on a screen: what xdotool and a screenshot do, in a millisecond.

use std::time::Duration;

use tokio::time::Instant;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// The key `x` of an Xvfb's keyboard.
const KEY: u8 = 53;
const LIMIT: Duration = Duration::from_secs(60);
/// From look to look: looking without a pause would keep this process and the screen's server busy, which on two cores leaves
/// none to what is looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(1);

pub struct Eyes {
    server: RustConnection,
    root: u32,
}

/// What is on the screen for a moment, while the window finds its place, is no letter.
const STAYS: Duration = Duration::from_millis(40);
/// Columns of pixels: an `x` has six of them with ink, the caret one or two.
const WIDER_THAN_CARET: usize = 4;

impl Eyes {
    pub fn on(display: &str) -> Eyes {
        let (server, number) = x11rb::connect(Some(display)).expect("the screen");
        let root = server.setup().roots[number].root;
        Eyes { server, root }
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) {
        let fake = self
            .server
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0)
            .expect("a request");
        fake.check().expect("the server takes it");
    }

    fn click(&self, at: (i16, i16)) {
        self.fake(MOTION_NOTIFY_EVENT, 0, at);
        self.fake(BUTTON_PRESS_EVENT, 1, (0, 0));
        self.fake(BUTTON_RELEASE_EVENT, 1, (0, 0));
    }

    /// Where in the panel a click opens the window.
    pub fn find_icon(&mut self, mut opened: impl FnMut() -> bool) -> (i16, i16) {
        let begun = Instant::now();
        loop {
            for x in (8..72).step_by(8) {
                self.click((x, 14));
                let looked = Instant::now();
                while looked.elapsed() < Duration::from_secs(3) {
                    if opened() {
                        return (x, 14);
                    }
                }
            }
            assert!(begun.elapsed() < LIMIT, "no icon in the panel");
        }
    }

    /// Whether a letter stands in the first line of a composer at this place: darker than its placeholder, and wider than
    /// the caret.
    fn sees_letter(&self, (x, y): (i16, i16)) -> bool {
        let (width, height) = (60, 26);
        let image = self.server.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            x + 14,
            y + 54,
            width,
            height,
            !0,
        );
        let pixels = image.expect("a request").reply().expect("a picture").data;
        let (mut ink, mut paper) = ([false; 60], 0);
        for (n, pixel) in pixels.chunks_exact(4).enumerate() {
            let darkest_and_lightest = pixel[..3].iter().fold((u8::MAX, 0), |(least, most), colour| {
                (least.min(*colour), most.max(*colour))
            });
            match darkest_and_lightest {
                (0xd1.., _) => paper += 1,
                (_, ..0x60) => ink[n % ink.len()] = true,
                _ => {}
            }
        }
        // Ink on paper: what is dark all over is the screen behind.
        ink.iter().filter(|column| **column).count() >= WIDER_THAN_CARET && paper * 2 > pixels.len() / 4
    }

    pub fn until_blank(&self, place: (i16, i16)) {
        let begun = Instant::now();
        while self.sees_letter(place) {
            assert!(begun.elapsed() < LIMIT, "the text stays");
        }
    }

    /// Milliseconds from the button's release to a letter that can be seen; a key is typed every ten.
    pub fn click_and_type(&mut self, icon: (i16, i16), place: (i16, i16)) -> u64 {
        self.until_blank(place);
        self.click(icon);
        let begun = Instant::now();
        let mut typed = begun;
        let mut since = None;
        loop {
            if !self.sees_letter(place) {
                since = None;
            } else if since.get_or_insert_with(Instant::now).elapsed() >= STAYS {
                let since = since.map_or(Duration::ZERO, |since| since.duration_since(begun));
                return u64::try_from(since.as_millis()).expect("short");
            }
            assert!(begun.elapsed() < LIMIT, "no letter");
            if typed.elapsed() >= Duration::from_millis(10) {
                self.fake(KEY_PRESS_EVENT, KEY, (0, 0));
                self.fake(KEY_RELEASE_EVENT, KEY, (0, 0));
                typed = Instant::now();
            }
            std::thread::sleep(LOOKS_EVERY);
        }
    }
}
