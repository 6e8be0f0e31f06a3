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

/// Of a network's row in the table (`network/table`). `None` stands for any.
pub(crate) struct Row {
    software: Option<Software>,
    visibility: Option<Visibility>,
    kind: Option<Kind>,
    bell: Bell,
}

pub(crate) const fn row(
    software: Option<Software>,
    visibility: Option<Visibility>,
    kind: Option<Kind>,
    bell: Bell,
) -> Row {
    Row {
        software,
        visibility,
        kind,
        bell,
    }
}

/// Whether a post rings. `visibility`: `None` is the network's default.
pub fn rings(network: Network, software: Software, visibility: Option<Visibility>, kind: Kind) -> Bell {
    let visibility = visibility.or(network.visibilities().first().copied());
    let rows = network.facts().bells;
    rows.iter()
        .find(|row| {
            row.software.is_none_or(|wanted| wanted == software)
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
    (network.facts().keeps_replies_silent)(software)
}

#[cfg(test)]
mod tests {
    use super::{Bell, Kind, Row, keeps_replies_silent, rings};
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
                network.facts().bells.is_empty() || table.iter().any(|row| row.0 == network),
                "{network} is not in the table"
            );
        }
    }

    /// A follower is rung by their own server's rule, and nobody knows which servers they are on.
    #[test]
    fn a_network_of_many_servers_promises_no_silence() {
        let silent = |network: &Network| network.facts().bells.iter().any(|row| row.bell == Bell::Silent);
        let networks: Vec<Network> = Network::ALL.into_iter().filter(silent).collect();
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
        let fits = |row: &Row, s: Software, v: Option<Visibility>, k: Kind| {
            row.software.is_none_or(|wanted| wanted == s)
                && row.visibility.is_none_or(|wanted| Some(wanted) == v)
                && row.kind.is_none_or(|wanted| wanted == k)
        };
        for network in Network::ALL {
            let rows = network.facts().bells;
            for (at, row) in rows.iter().enumerate() {
                let reached = software.iter().any(|&s| {
                    visibility.iter().any(|&v| {
                        KINDS.iter().any(|&k| {
                            fits(row, s, v, k) && !rows[..at].iter().any(|earlier| fits(earlier, s, v, k))
                        })
                    })
                });
                assert!(reached, "{network}: row {at} is hidden by an earlier one");
            }
        }
    }
}
