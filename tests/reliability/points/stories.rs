//! The stories, each with the world that it needs.

use kossori_core::network::Network;

use super::plan::Looks;
use crate::support::points::{Said, Word};
use crate::support::servers::Lose;
use crate::support::servers::stand_in::{Keys, Kind, Pictures};

/// A story and the world that it needs.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub name: &'static str,
    /// What the gate before the server loses.
    pub lost: Vec<(Lose, Call)>,
    pub said: Vec<Said>,
    pub looks: Looks,
    pub spoil_tokens: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Post,
    /// Every one of them.
    Look,
}

impl Story {
    fn named(name: &'static str) -> Story {
        Story {
            name,
            ..Story::default()
        }
    }

    /// What is left of the one before must not meet this one's world.
    pub fn needs_quiet(&self) -> bool {
        !self.lost.is_empty() || self.looks != Looks::Soon || self.spoil_tokens
    }
}

fn said(to: &str, after: u32, word: Word) -> Said {
    let to = to.to_owned();
    Said { to, after, word }
}

pub fn stories(network: Network) -> Vec<Story> {
    let named = Story::named;
    let post = |lose| vec![(lose, Call::Post)];
    let mut stories = vec![
        named("plain"),
        named("picture"),
        named("thread"),
        Story {
            lost: post(Lose::Answer),
            ..named("answer lost")
        },
        Story {
            lost: post(Lose::Request),
            ..named("request lost")
        },
        Story {
            said: vec![said("post", 0, Word::Refused), said("post", 1, Word::Refused)],
            ..named("refused")
        },
        Story {
            said: vec![said("freeze", 0, Word::Refused)],
            ..named("refused early")
        },
        Story {
            said: vec![said("post", 0, Word::Token)],
            ..named("token refused")
        },
        Story {
            said: vec![said("post", 0, Word::NeverLeft)],
            ..named("never left")
        },
        Story {
            said: vec![said("freeze", 0, Word::NeverLeft)],
            ..named("put back")
        },
        named("waiting"),
        named("claimed, then"),
        named("staged, then"),
        named("expired"),
        Story {
            lost: post(Lose::Request),
            looks: Looks::Asking,
            ..named("asked, not there")
        },
        Story {
            lost: vec![(Lose::Answer, Call::Post), (Lose::Request, Call::Look)],
            looks: Looks::Asking,
            ..named("asked, there")
        },
        Story {
            lost: post(Lose::Request),
            looks: Looks::Asking,
            ..named("asked, left")
        },
        Story {
            lost: post(Lose::Answer),
            looks: Looks::Late,
            ..named("unknown, there")
        },
        Story {
            lost: post(Lose::Request),
            looks: Looks::Late,
            ..named("unknown, not there")
        },
        Story {
            lost: post(Lose::Answer),
            looks: Looks::Late,
            ..named("unknown, left")
        },
        Story {
            said: vec![said("post", 0, Word::NeverLeft)],
            ..named("copy")
        },
    ];
    if network == Network::Bluesky {
        stories.push(Story {
            spoil_tokens: true,
            ..named("refresh")
        });
    }
    if network == Network::Mastodon {
        stories.extend([
            Story {
                lost: post(Lose::Answer),
                ..named("part unknown")
            },
            Story {
                lost: vec![(Lose::Answer, Call::Post), (Lose::Request, Call::Look)],
                looks: Looks::Asking,
                ..named("part asked, named")
            },
            Story {
                said: vec![said("upload", 1, Word::Refused)],
                ..named("part refused")
            },
        ]);
    }
    stories
}

/// Those of a network that only a stand-in is of: what it cannot have happen is left out.
pub fn stories_of(kind: &Kind) -> Vec<Story> {
    let mut stories = stories(kind.network);
    if kind.network != Network::Mastodon {
        stories.extend([
            Story {
                lost: vec![(Lose::Answer, Call::Post)],
                ..Story::named("part unknown")
            },
            Story {
                said: vec![said("upload", 1, Word::Refused)],
                ..Story::named("part refused")
            },
        ]);
    }
    let without_threads = [
        "thread",
        "part unknown",
        "part asked, named",
        "part refused",
        "refused early",
    ];
    // Nothing is sent again here by itself.
    let without_keys = ["request lost", "copy"];
    // Nobody can look, so a person is asked at once.
    let without_looks = [
        "answer lost",
        "unknown, there",
        "unknown, not there",
        "unknown, left",
    ];
    // Its looks cannot be told from what is asked at a claim.
    let by_looks = ["asked, there", "part asked, named"];
    // A page's address is found among one's own posts there, and that story lets nobody see these.
    let by_their_list = ["friendica", "snac"];
    stories.retain(|story| {
        (kind.threads || !without_threads.contains(&story.name))
            && (kind.keys != Keys::Never || !without_keys.contains(&story.name))
            && (kind.looks || !without_looks.contains(&story.name))
            && (kind.look.is_some() || !by_looks.contains(&story.name))
            && (!by_their_list.contains(&kind.on) || story.name != "part asked, named")
            && (kind.pictures != Pictures::Never || !["picture", "part refused"].contains(&story.name))
    });
    stories
}

/// Those of a server that takes no pictures and is never sent a thing twice.
pub fn stories_without_keys() -> Vec<Story> {
    let without = [
        "picture",
        "thread",
        "request lost",
        "refused early",
        "copy",
        "part unknown",
        "part asked, named",
        "part refused",
    ];
    let mut stories = stories(Network::Mastodon);
    stories.retain(|story| !without.contains(&story.name));
    stories
}
