//! docs/networks.md is core's table of networks, written out: fresh, or this fails.

#![allow(clippy::unwrap_used, reason = "writing to a string cannot fail")]

use std::fmt::Write as _;
use std::path::Path;

use kossori_core::bells::{Kind, rings};
use kossori_core::lookup::{Resend, resend};
use kossori_core::network::{
    Case, Network, Software, TextLimit, TextUnit, ThreadSending, Visibility, Way, cannot_happen,
};

fn name(network: Network) -> &'static str {
    network.facts().family
}

fn text(limit: &TextLimit) -> String {
    let unit = match limit.unit {
        TextUnit::Graphemes => "characters as a reader sees them",
        TextUnit::CodePoints => "code points",
        TextUnit::Utf16 => "UTF-16 code units",
        TextUnit::Weighted => "of X's weights: two for kana, han and an emoji, 23 for a link",
        TextUnit::EmojiBytes => "code points, an emoji by its UTF-8 bytes",
    };
    let mut said = format!("{} {unit}", limit.max);
    if let Some(bytes) = limit.max_bytes {
        write!(said, ", and {bytes} bytes").unwrap();
    }
    if let Some(length) = limit.url_length {
        write!(said, "; a link counts {length}").unwrap();
    }
    if let Some(links) = limit.max_links {
        write!(said, "; {links} links at most").unwrap();
    }
    if limit.cw_counts {
        said.push_str("; the warning counts");
    }
    if let Some(most) = limit.cw_max {
        write!(said, "; a warning of {most} at most").unwrap();
    }
    said
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Nobody => "nobody to sign in to",
        Way::Browser => "browser",
        Way::Paste => "browser, and what it shows is pasted",
        Way::AppPassword => "app password",
        Way::Token => "token",
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

fn again(network: Network, software: Software) -> String {
    match resend(network, software) {
        Resend::SameKey => "yes, by the same key".to_owned(),
        Resend::WithinKeyLife(life) => format!("yes, by the same key, for {} min", life.as_mins()),
        Resend::Never => "never".to_owned(),
    }
}

fn software_of(network: Network) -> &'static [Software] {
    match network {
        Network::Mastodon => &Software::ALL,
        _ => &[Software::Unknown],
    }
}

fn of_software(network: Network, software: Software) -> String {
    of_all(network, &[software])
}

fn of_all(network: Network, all: &[Software]) -> String {
    let names: Vec<String> = all.iter().map(|software| format!("{software:?}")).collect();
    match network {
        Network::Mastodon => format!("{} ({})", name(network), names.join(", ")),
        _ => name(network).to_owned(),
    }
}

fn page() -> String {
    let mut out = String::from(
        "# Networks\n\nWritten from `core`'s table of networks by its tests (`KOSSORI_WRITE=1 cargo test -p kossori-core`): do not \
         edit. What a server says of itself takes the place of these limits.\n\n\
         | network | text | pictures | readers | a thread goes |\n|---|---|---|---|---|\n",
    );
    for network in Network::ALL {
        let limits = network.default_limits();
        let media = &limits.media;
        let pictures = match media.max_count {
            0 => "none: they are taken from a public address only".to_owned(),
            count => format!(
                "{count}, {} bytes each, described in {} code points",
                media.max_bytes, media.alt_max
            ),
        };
        let readers: Vec<&str> = network.visibilities().iter().map(|one| one.as_str()).collect();
        let thread = match (limits.max_parts, network.thread()) {
            (1, _) => "not at all",
            (_, ThreadSending::AtOnce) => "all at once",
            (_, ThreadSending::PartByPart) => "part by part",
        };
        writeln!(
            out,
            "| {} | {} | {pictures} | {} | {thread} |",
            name(network),
            text(&limits.text),
            if readers.is_empty() {
                "as the account is".to_owned()
            } else {
                readers.join(", ")
            },
        )
        .unwrap();
    }
    out.push_str(
        "\n## Answers, quotes and reposts\n\nOf a post that a person names by its address.\n\n\
         | network | reply | quote | repost |\n|---|---|---|---|\n",
    );
    for network in Network::ALL {
        let refers = network.default_limits().refers;
        let quote = match network {
            Network::Mastodon => "where the server says that it has them (Mastodon 4.5, Friendica 2024.12)",
            _ => yes(refers.quote),
        };
        let own = if network == Network::Threads && refers.reply {
            ", of one's own posts"
        } else {
            ""
        };
        writeln!(
            out,
            "| {} | {}{own} | {quote}{own} | {}{own} |",
            name(network),
            yes(refers.reply),
            yes(refers.repost),
        )
        .unwrap();
    }
    out.push_str(
        "\n## Signing in\n\n| network | ways, the best first | needed | may be given | the browser comes back to | lasts |\n\
         |---|---|---|---|---|---|\n",
    );
    for network in Network::ALL {
        let form = network.sign_in();
        let ways: Vec<&str> = form.ways.iter().map(|one| way(*one)).collect();
        let fields = |all: &[kossori_core::network::Field]| {
            let words: Vec<&str> = all.iter().map(|field| field.as_str()).collect();
            if words.is_empty() {
                "—".to_owned()
            } else {
                words.join(", ")
            }
        };
        let back = match form.ports {
            [] if form.has(Way::Browser) => "any port of 127.0.0.1".to_owned(),
            [] => "—".to_owned(),
            ports => ports
                .iter()
                .map(|port| format!("http://127.0.0.1:{port}/"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let mut lasts = form
            .lasts_days
            .map_or("until it is ended".to_owned(), |days| format!("{days} days"));
        if let Some(days) = form.lasts_days_by_browser {
            write!(lasts, "; by browser {days} days").unwrap();
        }
        writeln!(
            out,
            "| {} | {} | {} | {} | {back} | {lasts} |",
            name(network),
            ways.join("; "),
            fields(form.required),
            fields(form.optional),
        )
        .unwrap();
    }
    out.push_str(
        "\n## When nobody knows what became of a post\n\nIt is looked up among the account's own posts, and sent again only \
         where a second copy cannot come of it.\n\n| network | sent again without asking |\n|---|---|\n",
    );
    for network in Network::ALL {
        for software in software_of(network) {
            writeln!(
                out,
                "| {} | {} |",
                of_software(network, *software),
                again(network, *software)
            )
            .unwrap();
        }
    }
    out.push_str(
        "\n## Whose bell rings\n\nFollowers who asked to hear of each post. \"unknown\" is never told as silence. The source of \
         each row stands beside it in `core/src/network/table`.\n\n| network | readers | a post | an answer, a thread's next part | \
         a repost |\n|---|---|---|---|---|\n",
    );
    for network in Network::ALL {
        for software in software_of(network) {
            let of = |visibility: Option<Visibility>| {
                [Kind::TopLevel, Kind::Reply, Kind::Repost]
                    .map(|kind| rings(network, *software, visibility, kind).as_str())
            };
            let readers: Vec<Option<Visibility>> = match network.visibilities() {
                [] => vec![None],
                all => all.iter().copied().map(Some).collect(),
            };
            let mut rows: Vec<(Vec<&str>, [&str; 3])> = Vec::new();
            for visibility in readers {
                let word = visibility.map_or("all", Visibility::as_str);
                match rows.iter_mut().find(|(_, bells)| *bells == of(visibility)) {
                    Some((words, _)) => words.push(word),
                    None => rows.push((vec![word], of(visibility))),
                }
            }
            for (words, [post, answer, repost]) in rows {
                writeln!(
                    out,
                    "| {} | {} | {post} | {answer} | {repost} |",
                    of_software(network, *software),
                    words.join(", ")
                )
                .unwrap();
            }
        }
    }
    out.push_str("\n## What cannot happen\n\nThe same cases are tried with every adapter; these are the ones that cannot be.\n\n");
    for network in Network::ALL {
        for case in Case::ALL {
            let mut said: Vec<(&str, Vec<Software>)> = Vec::new();
            for software in software_of(network) {
                let Some(reason) = cannot_happen(network, *software, case) else {
                    continue;
                };
                match said.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, all)) => all.push(*software),
                    None => said.push((reason, vec![*software])),
                }
            }
            for (reason, all) in said {
                writeln!(out, "- {}, {}: {reason}", of_all(network, &all), case.as_str()).unwrap();
            }
        }
    }
    out.push_str(
        "\n## Documented errors\n\nWhat is shown in the reader's language, with a next step (`said.*` and `said_next.*` in the \
         catalogues). Everything else keeps the server's own words.\n\n| network | code | words | said as |\n|---|---|---|---|\n",
    );
    for network in Network::ALL {
        for row in network.facts().says {
            let words = if row.words.is_empty() {
                String::new()
            } else {
                format!("… {} …", row.words)
            };
            let said = row.said.as_str();
            writeln!(out, "| {} | `{}` | {words} | `{said}` |", name(network), row.code).unwrap();
        }
    }
    out
}

#[test]
fn the_page_of_networks_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/networks.md");
    let fresh = page();
    if std::env::var_os("KOSSORI_WRITE").is_some() {
        std::fs::write(&path, &fresh).expect("the page is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/networks.md is stale: KOSSORI_WRITE=1 cargo test -p kossori-core"
    );
}
