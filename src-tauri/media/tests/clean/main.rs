//! What is left of a picture after cleaning, what is refused, and what fits.

mod make;
mod subjects;

mod animations;
mod bad_input;
mod bounds;
mod colours;
mod metadata;
mod upright;
