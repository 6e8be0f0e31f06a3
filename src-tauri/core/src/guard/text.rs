//! Is there anything, and does it fit.

use super::invisible::is_blank;
use super::{Finding, Rule, block};
use crate::network::TextLimit;
use crate::post::Part;
use crate::text::count::{length, overhang};
use crate::text::links::addresses;

pub(super) fn check(part: &Part, cw: Option<&str>, limit: &TextLimit) -> Option<Finding> {
    if part.media.is_empty() && is_blank(&part.text) {
        return Some(block(Rule::Empty, []));
    }
    let length = length(&part.text, cw, limit);
    if !length.over {
        return None;
    }
    let at = overhang(&part.text, cw, limit)?;
    let (rule, count, max) = if length.count > length.max {
        (Rule::TooLong, length.count as usize, length.max as usize)
    } else {
        (Rule::TooManyBytes, length.bytes, limit.max_bytes? as usize)
    };
    let numbers = [
        ("count", count.to_string()),
        ("max", max.to_string()),
        ("over", (count - max).to_string()),
    ];
    let from = code_points(&part.text[..at]);
    let to = from + code_points(&part.text[at..]);
    if from == to {
        // Nothing in the text to cut: it is the content warning that is too long.
        return Some(block(Rule::CwTooLong, numbers));
    }
    Some(Finding {
        from: Some(from),
        to: Some(to),
        ..block(rule, numbers)
    })
}

/// How long the content warning may be by itself.
pub(super) fn content_warning(cw: Option<&str>, limit: &TextLimit) -> Option<Finding> {
    let (count, max) = (code_points(cw?), limit.cw_max?);
    let numbers = [("count", count.to_string()), ("max", max.to_string())];
    (count > max).then(|| block(Rule::CwTooLong, numbers))
}

/// How many different links there may be. The same one twice is one; `www.example.com` is one without a scheme too
/// (developers.facebook.com/documentation/threads/create-posts/text-attachments).
pub(super) fn links(text: &str, limit: &TextLimit) -> Option<Finding> {
    let max = limit.max_links?;
    let count = addresses(text).len();
    let numbers = [("count", count.to_string()), ("max", max.to_string())];
    (count > max as usize).then(|| block(Rule::TooManyLinks, numbers))
}

fn code_points(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
