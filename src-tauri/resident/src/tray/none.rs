//! Where there is no tray yet (Windows, macOS: `tray-icon` with a `tao` loop on the main thread): the rest runs without.

use kossori_api::{Code, Problem};

use super::{Port, Tray, port};

pub fn of_this_platform() -> impl Tray {
    NoTray
}

struct NoTray;

impl Tray for NoTray {
    fn run<W, F>(self, work: W) -> Result<(), Problem>
    where
        W: FnOnce(Port) -> F,
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| Problem::new(Code::Internal))?;
        // The tray's end is kept, so that nothing waits on one that is gone.
        let (port, _wires) = port();
        runtime.block_on(work(port))
    }
}
