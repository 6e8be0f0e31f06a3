//! The one process that holds a data folder's lock: it opens the adapters, ticks, and serves the socket.

mod clock;
mod folder;
mod memory_vault;
mod autostart;
mod came_back;
mod open;
mod way_back;
mod logind;
mod host;
mod answers;
mod ticking;
mod serve;
mod windows;
mod in_hand;
mod uploads;
mod arrive;
#[cfg_attr(target_os = "linux", path = "memory_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "memory_other.rs")]
mod memory;

pub use arrive::{Arrived, arrive};
pub use autostart::{DesktopEntry, NotHere};
pub use clock::{SystemClock, SystemIds};
pub use folder::{Fingerprint, Folder, FolderError, data_dir};
pub use host::{Between, Host, HostError, Machine, Options, Storage};
pub use kossori_engine::ports::{Attention, Clock, Ids};
pub use kossori_engine::{Role, Settings};
pub use logind::{Sign, Signs};
pub use memory::leave;
pub use memory_vault::MemoryVault;
pub use serve::{BUILD, socket_of};
pub use windows::{Ended, What, WindowProgram};
