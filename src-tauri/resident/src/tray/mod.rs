//! The tray: what it shows is plain data made by one function (`face`), and each platform has its way of showing it.

mod face;
#[cfg(target_os = "linux")]
mod icons;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "none.rs")]
mod platform;
mod wrap;

use kossori_api::Problem;
use tokio::sync::{mpsc, watch};

pub use face::{Action, Face, Line, Seen, State, Words};
pub use platform::of_this_platform;

/// A platform's tray. It owns the main thread, because some platforms want their tray there and nowhere else.
pub trait Tray {
    /// Runs `work`, all the rest of the program, to its end, and shows meanwhile what it puts into its port.
    fn run<W, F>(self, work: W) -> Result<(), Problem>
    where
        W: FnOnce(Port) -> F,
        F: Future<Output = Result<(), Problem>> + Send + 'static;
}

/// The program's end.
pub struct Port {
    /// `None`: there is no icon yet.
    pub faces: watch::Sender<Option<Face>>,
    pub actions: mpsc::UnboundedReceiver<Action>,
    /// Whether the desktop shows the icon; `None`: not known.
    pub shown: watch::Receiver<Option<bool>>,
}

/// The tray's end.
struct Wires {
    faces: watch::Receiver<Option<Face>>,
    actions: mpsc::UnboundedSender<Action>,
    shown: watch::Sender<Option<bool>>,
}

fn port() -> (Port, Wires) {
    let (faces, shown) = watch::channel(None);
    // A person clicks slowly; it never grows.
    let (clicked, actions) = mpsc::unbounded_channel();
    let (is_shown, told) = watch::channel(None);
    let wires = Wires {
        faces: shown,
        actions: clicked,
        shown: is_shown,
    };
    let port = Port {
        faces,
        actions,
        shown: told,
    };
    (port, wires)
}
