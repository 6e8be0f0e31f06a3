//! Who sees a post, in the words of servers that have one for each of ours.

use kossori_core::network::Visibility;

/// A server's word for each.
pub(crate) type Words = fn(Visibility) -> &'static str;

/// Which of them `word` says. `None`: a word of its own, or none.
pub(crate) fn meant_by(word: &str, words: Words) -> Option<Visibility> {
    Visibility::ALL.into_iter().find(|known| words(*known) == word)
}
