//! Whose bell rings: what followers who asked for an alert at each post get to hear (DESIGN.md, NETWORKS.md 0).
//!
//! A follower is rung by the rule of their own server. On a network of one operator that is one rule. On a network of
//! many servers the followers' are Mastodon, Akkoma, Misskey, Friendica and whatever else takes part, and between them
//! they ring at every kind of post: so there nothing is silent. A row of such a network says `Rings` where the account's
//! own server rings its own, and `Unknown` where it is silent and another's may ring.

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

    // NETWORKS.md 3.6: Mastodon rings its own for everything but boosts, replies to others and direct posts, unlisted
    // and private ones too. Elsewhere Friendica rings for reshares and Misskey for renotes (4.6), and Akkoma for a
    // direct post that a subscriber can see. Replies to oneself ring and those to others do not: the kind covers both.
    row(Network::Mastodon, Some(Software::Mastodon), None, Some(Kind::Repost), Bell::Unknown),
    row(Network::Mastodon, Some(Software::Mastodon), Some(Visibility::Direct), None, Bell::Unknown),
    row(Network::Mastodon, Some(Software::Mastodon), None, None, Bell::Rings),

    // NETWORKS.md 3.6: subscribers hear of a post that answers none and that they can see, a direct one that mentions
    // them too; a boost tells its author alone. A follower on Mastodon is rung by each reply to oneself, one on
    // Friendica or Misskey by reshares.
    row(Network::Mastodon, Some(Software::Akkoma), None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Mastodon, Some(Software::Akkoma), None, None, Bell::Unknown),
    row(Network::Mastodon, Some(Software::Pleroma), None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Mastodon, Some(Software::Pleroma), None, None, Bell::Unknown),

    // NETWORKS.md 3.6: its own are rung by what is neither a boost nor a reply. Those elsewhere as above.
    row(Network::Mastodon, Some(Software::GoToSocial), None, Some(Kind::TopLevel), Bell::Rings),

    // NETWORKS.md 3.6: by top-level posts and reshares. snac has no bell, and of Pixelfed none is known: what followers
    // elsewhere hear of those is unknown here.
    row(Network::Mastodon, Some(Software::Friendica), None, Some(Kind::TopLevel), Bell::Rings),
    row(Network::Mastodon, Some(Software::Friendica), None, Some(Kind::Repost), Bell::Rings),

    // NETWORKS.md 4.6: every reply is silent, to oneself too; renotes, home and followers ring; specified does not. But
    // a follower on Mastodon is rung by replies to oneself, a subscriber on Akkoma by a specified post that they see.
    row(Network::Misskey, None, None, Some(Kind::Reply), Bell::Unknown),
    row(Network::Misskey, None, Some(Visibility::Direct), None, Bell::Unknown),
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

/// Whether the account's own server rings none of its own for a reply, and does for other posts: there a quiet reply rings
/// fewer bells. What followers on other servers hear stays what [`rings`] says; this promises no silence.
///
/// Misskey and its forks alert for notes that answer none (NETWORKS.md 4.6); of the servers with Mastodon's API Akkoma,
/// Pleroma, GoToSocial and Friendica do (3.6). Mastodon itself rings for each reply to oneself; of the others nobody knows.
pub fn keeps_replies_silent(network: Network, software: Software) -> bool {
    match network {
        Network::Misskey => true,
        Network::Mastodon => matches!(
            software,
            Software::Akkoma | Software::Pleroma | Software::GoToSocial | Software::Friendica
        ),
        Network::Practice | Network::Bluesky | Network::X | Network::Threads | Network::LinkedIn => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Bell, Kind, ROWS, keeps_replies_silent, rings};
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
                [Rings, Rings, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Public),
                [Rings, Rings, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Unlisted),
                [Rings, Rings, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Private),
                [Rings, Rings, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Mastodon,
                Some(Visibility::Direct),
                [Unknown, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Akkoma,
                None,
                [Rings, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Akkoma,
                Some(Visibility::Direct),
                [Rings, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Pleroma,
                Some(Visibility::Unlisted),
                [Rings, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Unknown,
                None,
                [Unknown, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::GoToSocial,
                None,
                [Rings, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Friendica,
                None,
                [Rings, Unknown, Rings],
            ),
            (
                Network::Mastodon,
                Software::Pixelfed,
                None,
                [Unknown, Unknown, Unknown],
            ),
            (
                Network::Mastodon,
                Software::Snac,
                None,
                [Unknown, Unknown, Unknown],
            ),
            (Network::Misskey, Software::Unknown, None, [Rings, Unknown, Rings]),
            (
                Network::Misskey,
                Software::Unknown,
                Some(Visibility::Private),
                [Rings, Unknown, Rings],
            ),
            (
                Network::Misskey,
                Software::Unknown,
                Some(Visibility::Direct),
                [Unknown, Unknown, Unknown],
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

    /// A follower is rung by their own server's rule, and nobody knows which servers they are on.
    #[test]
    fn a_network_of_many_servers_promises_no_silence() {
        let silent = ROWS.iter().filter(|row| row.bell == Bell::Silent);
        let networks: Vec<Network> = silent.map(|row| row.network).collect();
        assert_eq!(networks, [Network::Practice]);
    }

    /// A quiet reply is offered where it can ring fewer bells than a post of its own, and nowhere else.
    #[test]
    fn a_quiet_reply_is_quieter_where_it_is_offered() {
        let mut offered = Vec::new();
        for network in Network::ALL {
            for software in Software::ALL {
                if !keeps_replies_silent(network, software) {
                    continue;
                }
                offered.push((network, software));
                assert_eq!(rings(network, software, None, Kind::TopLevel), Bell::Rings);
                assert_eq!(
                    rings(network, software, None, Kind::Reply),
                    Bell::Unknown,
                    "followers elsewhere may be rung: no silence is promised"
                );
            }
        }
        let on_mastodon = offered
            .iter()
            .filter(|(network, _)| *network == Network::Mastodon);
        let software: Vec<Software> = on_mastodon.map(|(_, software)| *software).collect();
        let wanted = [
            Software::Akkoma,
            Software::Pleroma,
            Software::GoToSocial,
            Software::Friendica,
        ];
        assert_eq!(software, wanted);
        let elsewhere = offered
            .iter()
            .find(|(network, _)| !matches!(network, Network::Mastodon | Network::Misskey));
        assert_eq!(elsewhere, None);
    }

    #[test]
    fn every_row_can_be_reached() {
        let software = Software::ALL;
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
