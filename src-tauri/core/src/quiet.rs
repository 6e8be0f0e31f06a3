//! What a person wrote does not show in `Debug`, so that no log line and no panic carries it: how long it is does.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Shown as a size in bytes, whatever it says.
pub struct Quiet<'a, T: ?Sized>(pub &'a T);

/// What [`Quiet`] knows how to hide.
pub trait Hidden {
    fn show_size(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Hidden for String {
    fn show_size(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.len())
    }
}

impl Hidden for PathBuf {
    fn show_size(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.as_os_str().len())
    }
}

impl<T: Hidden> Hidden for Option<T> {
    fn show_size(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(hidden) => hidden.show_size(f),
            None => f.write_str("None"),
        }
    }
}

/// The keys are ours: networks, say.
impl<K: fmt::Debug, T: Hidden> Hidden for BTreeMap<K, T> {
    fn show_size(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.iter().map(|(key, hidden)| (key, Quiet(hidden)));
        f.debug_map().entries(entries).finish()
    }
}

impl<T: Hidden + ?Sized> fmt::Debug for Quiet<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show_size(f)
    }
}

/// `Debug` for a struct: fields that are shown; fields of which only the size is. One that stands in neither list does
/// not compile.
#[macro_export]
macro_rules! quiet_debug {
    ($name:ident { $($shown:ident),*; $($hidden:ident),* $(,)? }) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let $name { $($shown,)* $($hidden,)* } = self;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($shown), $shown))*
                    $(.field(stringify!($hidden), &$crate::quiet::Quiet($hidden)))*
                    .finish()
            }
        }
    };
}
