//! The first letters in a window that was hidden are painted as soon as the page has them.
//!
//! GTK paints a window at most once in a sixtieth of a second. The first time, as it comes onto the screen, it has what it had
//! when it was hidden, and a letter that is typed then would wait for the second.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use gtk::glib::{self, ControlFlow, Priority};
use gtk::prelude::{GtkWindowExt, ObjectExt, WidgetExt};

const EVERY: Duration = Duration::from_millis(1);
/// A tenth of a second or a little more: by then whoever types on has the usual frames.
const TIMES: u32 = 100;

/// Called as the window is shown. On X11 only: elsewhere the desktop says when a window may paint.
pub fn paint_at_once(window: &gtk::ApplicationWindow) {
    let Some(clock) = window.frame_clock() else { return };
    let window = window.clone();
    let once = Rc::new(Cell::new(None));
    let again = Rc::clone(&once);
    // Before its first frame it has no size that counts.
    once.set(Some(clock.connect_after_paint(move |clock| {
        if let Some(handler) = again.take() {
            clock.disconnect(handler);
            begin(window.clone());
        }
    })));
}

/// Behind GTK's own frames and layout, which go first whenever they are due.
fn begin(window: gtk::ApplicationWindow) {
    let mut left = TIMES;
    glib::timeout_add_local_full(EVERY, Priority::DEFAULT_IDLE, move || {
        if left == 0 || !window.is_visible() {
            return ControlFlow::Break;
        }
        left -= 1;
        paint_what_came(&window);
        ControlFlow::Continue
    });
}

/// What the next frame is to paint anew is painted now. GTK goes on to call it due until that frame is over.
fn paint_what_came(window: &gtk::ApplicationWindow) {
    let laid_out = window.allocation();
    if window.size() != (laid_out.width(), laid_out.height()) {
        // Nothing of it could be painted, and what stands there would be gone.
        return;
    }
    let Some(shown) = window.window() else { return };
    let Some(frame) = shown.update_area().and_then(|area| shown.begin_draw_frame(&area)) else {
        return;
    };
    if let Some(context) = frame.cairo_context() {
        window.draw(&context);
    }
    shown.end_draw_frame(&frame);
}
