//! The window program's shell. See ARCHITECTURE.md.
