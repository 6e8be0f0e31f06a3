//! What is left of a picture after cleaning, what is refused, and what fits.

#![allow(
    clippy::unwrap_used,
    reason = "a picture that cannot be made is a failed test"
)]

mod make;
mod subjects;

mod animations;
mod bad_input;
mod bounds;
mod colours;
mod metadata;
mod thumbs;
mod upright;
