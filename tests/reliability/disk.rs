//! A disk that fails, fills, loses its power or keeps wrong bytes, and a process that dies at any call to it: the program
//! runs over `shims/disk.c`, and what came of it is read from a server that knows nothing of that disk.

mod copied;
mod damaged;
mod failing;
mod forgetful;
mod host;
mod killed;
mod migrated;
mod older;
mod power;
mod power_lost;
mod shim;
mod story;
