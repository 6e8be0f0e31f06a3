//! What a post is made around: one that it answers, quotes or hands on, and the account's own last thread.

use super::invisible::is_blank;
use super::{Finding, GuardAccount, Rule, block};
use crate::network::Visibility;
use crate::post::Content;

pub(super) fn check(account: &GuardAccount, content: &Content) -> Vec<Finding> {
    let network = || ("network", account.network.to_string());
    let mut found = Vec::new();
    if account.reply_unsupported {
        found.push(block(Rule::ReplyUnsupported, [network()]));
    }
    if account.quote_unsupported {
        found.push(block(Rule::QuoteUnsupported, [network()]));
    }
    let pictured = content.parts.first().is_some_and(|part| !part.media.is_empty());
    if content.quote.is_some() && pictured && !account.network.has_quotes_with_pictures() {
        found.push(block(Rule::QuoteWithPictures, [network()]));
    }
    if account.repost_unsupported {
        found.push(block(Rule::RepostUnsupported, [network()]));
    }
    if content.repost.is_some() && !is_bare(content) {
        found.push(block(Rule::RepostWithWords, []));
    }
    // No server makes a repost for those alone who are named in it; what is asked for elsewhere only the server says.
    let to_the_named = content.visibility == Some(Visibility::Direct);
    if content.repost.is_some()
        && to_the_named
        && account.network.visibilities().contains(&Visibility::Direct)
    {
        found.push(block(Rule::RepostWouldBeWider, [network()]));
    }
    if content.quiet_reply && content.reply_to.is_some() {
        found.push(block(Rule::QuietReplyWithReply, []));
    }
    if account.quiet_reply_unsupported {
        found.push(block(Rule::QuietReplyUnsupported, [network()]));
    } else if account.no_last_thread {
        found.push(block(Rule::QuietReplyNoThread, []));
    }
    let addresses = [&content.reply_to, &content.quote, &content.repost];
    if !addresses.into_iter().flatten().all(|url| is_address(url)) {
        found.push(block(Rule::AddressInvalid, []));
    }
    found
}

/// A post that is handed on says nothing of its own.
fn is_bare(content: &Content) -> bool {
    let alone = content.reply_to.is_none() && content.quote.is_none() && !content.quiet_reply;
    let silent = content.cw.as_deref().is_none_or(is_blank);
    let one = content.parts.len() <= 1;
    let empty = |part: &crate::post::Part| part.media.is_empty() && is_blank(&part.text);
    alone && silent && one && content.parts.iter().all(empty)
}

/// An `http` or `https` URL with a host: whatever else it is, the server that is asked for it says.
fn is_address(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let odd = |c: char| c.is_whitespace() || c.is_control();
    known && !host.is_empty() && !host.starts_with(':') && !url.contains(odd)
}
