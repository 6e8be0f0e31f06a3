//! Pictures: decoded, cleaned of everything that is not pixels, set upright and brought under a size.
//!
//! [`clean`] is the whole work as one pure function. It runs in a short-lived child process, [`picture_worker`],
//! because decoders of foreign bytes are where programs get broken into. [`Worker`] is the parent's end: it starts
//! the child, hands it the bytes over a pipe, and bounds its time, its memory and its answer.
//!
//! What is left of a picture, and why (nothing else is ever written):
//! - **JPEG** that already fits, stands upright and is sRGB keeps its pixels as they were compressed; only the
//!   segments that decoding needs are copied. Every other JPEG is decoded and encoded anew.
//! - **PNG, still WebP, still GIF** are decoded and encoded anew, so nothing can ride along.
//! - **Animations** stay animated with all their frames, or are refused: GIF and PNG frames are decoded and encoded
//!   anew; WebP frames are copied by an allow-list of chunks, since no encoder for them exists in Rust.
//! - **Colour profiles** name devices and owners, so they go; the pixels are converted to sRGB first, so that the
//!   picture of a wide-gamut telephone does not turn pale. (Not in animations: there the profile just goes.)

mod clean;
mod kind;
mod limits;

mod animation;
mod colour;
mod fit;
mod metadata;
mod thumb;
mod gif;
mod jpeg;
mod png;
mod webp;

mod child;
mod confine;
mod wire;
mod worker;

pub use child::picture_worker;
pub use clean::clean;
pub use limits::{MAX_ANIMATION_PIXELS, MAX_FILE_BYTES, MAX_PIXELS, MAX_PROGRESSIVE_PIXELS};
pub use metadata::tells;
pub use thumb::thumb;
pub use worker::{Worker, beside_current_exe};
