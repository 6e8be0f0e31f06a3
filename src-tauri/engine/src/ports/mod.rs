//! The questions that the engine asks of the world. Adapters answer them; nothing here names one.

mod autostart;
mod clock;
mod loopback;
mod media;
mod publisher;
mod store;
mod timeline;
mod vault;

pub use autostart::{Autostart, AutostartError};
pub use clock::{Clock, Ids};
pub use loopback::{Listening, Loopback, LoopbackError, NoLoopback};
pub use media::{CleanPicture, Cleaned, MAX_FILE_BYTES, Media, MediaError, PictureBounds, PictureSource};
pub use publisher::{
    About, Author, Begun, CallError, CameBack, Drawn, Found, Frozen, Look, Named, Outgoing, OutgoingPart,
    OutgoingPicture, Paid, Publisher, Publishers, Refreshed, Session, SignIn, SignedIn,
};
pub use store::{AnswerJson, Change, Expect, JournalRows, PictureFacts, SPENT, Store, StoreError, booked};
pub use timeline::{
    Fault, NewTimelinePart, NewTimelinePost, Timeline, TimelineError, TimelinePicture, TimelinePost,
};
pub use vault::{Attention, Vault, VaultError};
