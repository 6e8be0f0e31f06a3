//! Pictures of a screen: what is on it, what changed, and a part of it as a file.

use std::path::Path;
use std::time::Duration;

use image::RgbImage;
use image::imageops::crop_imm;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, ImageFormat};
use x11rb::protocol::xproto::{PropMode, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT};

use super::screen::LIMIT;
use super::world::wait_for;

pub struct Camera {
    server: RustConnection,
    root: u32,
    size: (u16, u16),
}

/// Left, top, right, bottom; the last two lie just outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(pub u32, pub u32, pub u32, pub u32);

impl Part {
    pub fn with(self, other: Part) -> Part {
        let Part(left, top, right, bottom) = other;
        Part(
            self.0.min(left),
            self.1.min(top),
            self.2.max(right),
            self.3.max(bottom),
        )
    }

    pub fn middle(self) -> (i32, i32) {
        let middle = |a: u32, b: u32| i32::try_from(a.midpoint(b)).expect("on a screen");
        (middle(self.0, self.2), middle(self.1, self.3))
    }
}

impl Camera {
    pub fn on(display: &str) -> Camera {
        let (server, number) = x11rb::connect(Some(display)).expect("the screen");
        let screen = &server.setup().roots[number];
        let (root, size) = (screen.root, (screen.width_in_pixels, screen.height_in_pixels));
        Camera { server, root, size }
    }

    /// A desktop of one colour, `0xrrggbb`, below all windows until the camera goes: without one the ground is black.
    pub fn cover_ground(&self, colour: u32) {
        let (width, height) = self.size;
        let server = &self.server;
        let window = server.generate_id().expect("an id");
        let colour = CreateWindowAux::new().background_pixel(colour);
        let kind = WindowClass::INPUT_OUTPUT;
        server
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                0,
                0,
                width,
                height,
                0,
                kind,
                COPY_FROM_PARENT,
                &colour,
            )
            .expect("a request");
        let atom = |name: &str| {
            let asked = server.intern_atom(false, name.as_bytes()).expect("a request");
            asked.reply().expect("an atom").atom
        };
        let [property, desktop] = ["", "_DESKTOP"].map(|end| atom(&format!("_NET_WM_WINDOW_TYPE{end}")));
        server
            .change_property32(PropMode::REPLACE, window, property, AtomEnum::ATOM, &[desktop])
            .expect("a request");
        let shown = server.map_window(window).expect("a request");
        shown.check().expect("shown");
    }

    pub fn take(&self) -> RgbImage {
        let (width, height) = self.size;
        let image = self
            .server
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0);
        let pixels = image.expect("a request").reply().expect("a picture").data;
        // Blue, green, red, nothing.
        let colours = pixels
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]])
            .collect();
        RgbImage::from_raw(width.into(), height.into(), colours).expect("as many as were asked for")
    }

    /// Waits until something on the screen is other than it was, and nothing moves any more.
    pub fn take_changed(&self, what: &str, before: &RgbImage) -> RgbImage {
        let mut last = self.take();
        let mut same = 0;
        wait_for(what, LIMIT, || {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.take();
            same = if now == last { same + 1 } else { 0 };
            last = now;
            same >= 5 && last != *before
        });
        last
    }
}

/// The least part that holds all that differs.
pub fn changed(before: &RgbImage, after: &RgbImage) -> Part {
    before
        .enumerate_pixels()
        .zip(after.pixels())
        .filter(|((_, _, old), new)| old != new)
        .map(|((x, y, _), _)| Part(x, y, x + 1, y + 1))
        .reduce(Part::with)
        .expect("something differs")
}

/// Writes a part of the picture as PNG.
pub fn keep(picture: &RgbImage, Part(left, top, right, bottom): Part, path: &Path) {
    let right = right.min(picture.width());
    let bottom = bottom.min(picture.height());
    let part = crop_imm(picture, left, top, right - left, bottom - top).to_image();
    part.save(path).expect("written");
}
