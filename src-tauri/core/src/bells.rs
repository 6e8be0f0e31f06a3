//! Whose bell rings: what followers who asked for an alert at each post get to hear (DESIGN.md, NETWORKS.md 0).
//!
//! `Silent` stands only where the server's own code was read, and speaks of bells on that server. A follower
//! elsewhere is rung by the rule of their own server, so for a network of many servers "silent" is said of
//! the account's server and of nothing more.

use crate::network::{Network, Software, Visibility};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    TopLevel,
    /// To oneself (each part of a thread but the first) or to someone else.
    Reply,
    Repost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bell {
    Rings,
    Silent,
    /// Nobody has shown either. Never to be told as silence.
    Unknown,
}

impl Bell {
    pub fn as_str(self) -> &'static str {
        match self {
            Bell::Rings => "rings",
            Bell::Silent => "silent",
            Bell::Unknown => "unknown",
        }
    }
}

/// `None` stands for any.
struct Row {
    network: Network,
    software: Option<Software>,
    visibility: Option<Visibility>,
    kind: Option<Kind>,
    bell: Bell,
}

const fn row(
    network: Network,
    software: Option<Software>,
    visibility: Option<Visibility>,
    kind: Option<Kind>,
    bell: Bell,
) -> Row {
    Row {
        network,
        software,
        visibility,
        kind,
        bell,
    }
}

/// The first row that fits counts; none fits: unknown.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    // A timeline on this machine: nobody follows it.
    row(Network::Practice, None, None, None, Bell::Silent),

    // NETWORKS.md 2.6: subscribers choose posts, replies or both, so either rings someone, and the account can
    // only forbid it for all posts. What makes the alerts is not public, so nothing is known of reposts.
    row(Network::Bluesky, None, None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Bluesky, None, None, Some(Kind::Reply), Bell::Rings),
    row(Network::Bluesky, None, None, Some(Kind::Repost), Bell::Unknown),

    // NETWORKS.md 3.6: boosts are silent; direct goes to those mentioned alone; unlisted and private ring as
    // public does. Replies to oneself ring and those to others do not: the kind covers both, so it rings.
    row(Network::Mastodon, Some(Software::Mastodon), None, Some(Kind::Repost), Bell::Silent),
    row(Network::Mastodon, Some(Software::Mastodon), Some(Visibility::Direct), None, Bell::Silent),
    row(Network::Mastodon, Some(Software::Mastodon), None, None, Bell::Rings),

    // NETWORKS.md 3.6: subscribers hear of a post that answers none and that they can see; a boost tells its
    // author alone. A direct post can be seen by whom it mentions, subscribers among them.
    row(Network::Mastodon, Some(Software::Akkoma), None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Mastodon, Some(Software::Akkoma), None, Some(Kind::Reply), Bell::Silent),
    row(Network::Mastodon, Some(Software::Akkoma), None, Some(Kind::Repost), Bell::Silent),
    row(Network::Mastodon, Some(Software::Pleroma), None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Mastodon, Some(Software::Pleroma), None, Some(Kind::Reply), Bell::Silent),
    row(Network::Mastodon, Some(Software::Pleroma), None, Some(Kind::Repost), Bell::Silent),

    // NETWORKS.md 4.6: every reply is silent, to oneself too; renotes, home and followers ring; specified does not.
    row(Network::Misskey, None, None, Some(Kind::Reply), Bell::Silent),
    row(Network::Misskey, None, Some(Visibility::Direct), None, Bell::Silent),
    row(Network::Misskey, None, None, None, Bell::Rings),

    // NETWORKS.md 1.7: no way to post without the bell; what replies and reposts do was never shown.
    row(Network::X, None, None, Some(Kind::TopLevel), Bell::Rings),

    // NETWORKS.md 5.6, 6.5: nothing is documented for Threads and LinkedIn, so they have no row.
];

/// Whether a post rings. `visibility`: `None` is the network's default.
pub fn rings(network: Network, software: Software, visibility: Option<Visibility>, kind: Kind) -> Bell {
    let visibility = visibility.or(network.visibilities().first().copied());
    ROWS.iter()
        .find(|row| {
            row.network == network
                && row.software.is_none_or(|wanted| wanted == software)
                && row.visibility.is_none_or(|wanted| Some(wanted) == visibility)
                && row.kind.is_none_or(|wanted| wanted == kind)
        })
        .map_or(Bell::Unknown, |row| row.bell)
}

#[cfg(test)]
mod tests {
    use super::{Bell, Kind, ROWS, rings};
    use crate::network::{Network, Software, Visibility};

    const KINDS: [Kind; 3] = [Kind::TopLevel, Kind::Reply, Kind::Repost];

    #[test]
    fn what_rings() {
        use Bell::{Rings, Silent, Unknown};
        let table: &[(Network, Software, Option<Visibility>, [Bell; 3])] = &[
            (
                Network::Practice,
                Software::Unknown,
                None,
                [Silent, Silent, Silent],
            ),
            (Network::Bluesky, Software::Unknown, None, [Rings, Rings, Unknown]),
            (
                Network::Mastodon,
                Software::Mastodon,
                None,
                [Rings, Rings, Silent],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Public),
                [Rings, Rings, Silent],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Unlisted),
                [Rings, Rings, Silent],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Private),
                [Rings, Rings, Silent],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Direct),
                [Silent, Silent, Silent],
            ),
            (Network::Mastodon, Software::Akkoma, None, [Rings, Silent, Silent]),
            (
                Network::Mastodon,
                Software::Akkoma,
                Some(Visibility::Direct),
                [Rings, Silent, Silent],
            ),
            (
                Network::Mastodon,
                Software::Pleroma,
                Some(Visibility::Unlisted),
                [Rings, Silent, Silent],
            ),
            (
                Network::Mastodon,
                Software::Unknown,
                None,
                [Unknown, Unknown, Unknown],
            ),
            (Network::Misskey, Software::Unknown, None, [Rings, Silent, Rings]),
            (
                Network::Misskey,
                Software::Unknown,
                Some(Visibility::Private),
                [Rings, Silent, Rings],
            ),
            (
                Network::Misskey,
                Software::Unknown,
                Some(Visibility::Direct),
                [Silent, Silent, Silent],
            ),
            (Network::X, Software::Unknown, None, [Rings, Unknown, Unknown]),
            (
                Network::Threads,
                Software::Unknown,
                None,
                [Unknown, Unknown, Unknown],
            ),
            (
                Network::LinkedIn,
                Software::Unknown,
                None,
                [Unknown, Unknown, Unknown],
            ),
        ];
        for (network, software, visibility, wanted) in table {
            let got = KINDS.map(|kind| rings(*network, *software, *visibility, kind));
            assert_eq!(got, *wanted, "{network} {software:?} {visibility:?}");
        }
        for network in Network::ALL {
            assert!(
                table.iter().any(|row| row.0 == network),
                "{network} is not in the table"
            );
        }
    }

    #[test]
    fn every_row_can_be_reached() {
        let software = [
            Software::Mastodon,
            Software::Akkoma,
            Software::Pleroma,
            Software::Unknown,
        ];
        let visibility = [
            None,
            Some(Visibility::Public),
            Some(Visibility::Unlisted),
            Some(Visibility::Private),
            Some(Visibility::Direct),
        ];
        for (at, row) in ROWS.iter().enumerate() {
            let fits = |earlier: &super::Row, s: Software, v: Option<Visibility>, k: Kind| {
                earlier.network == row.network
                    && earlier.software.is_none_or(|wanted| wanted == s)
                    && earlier.visibility.is_none_or(|wanted| Some(wanted) == v)
                    && earlier.kind.is_none_or(|wanted| wanted == k)
            };
            let reached = software.iter().any(|&s| {
                visibility.iter().any(|&v| {
                    KINDS.iter().any(|&k| {
                        fits(row, s, v, k) && !ROWS[..at].iter().any(|earlier| fits(earlier, s, v, k))
                    })
                })
            });
            assert!(reached, "row {at} is hidden by an earlier one");
        }
    }
}
