//! The adapter against servers that differ as real ones do.
