//! How many pictures, how large, and what they say to those who cannot see them.

use std::collections::BTreeMap;

use super::invisible::is_blank;
use super::{Finding, GuardAccount, PictureFacts, Rule, Severity, block};
use crate::ids::MediaId;
use crate::network::MediaLimits;
use crate::post::{Part, Picture};

pub(super) fn check(
    media: &[Picture],
    facts: &BTreeMap<MediaId, PictureFacts>,
    account: &GuardAccount,
) -> Vec<Finding> {
    let limits = &account.limits.media;
    let mut found = Vec::new();
    if limits.max_count == 0 && !media.is_empty() {
        // The network takes none from here, or this server takes none at all.
        if account.network.default_limits().media.max_count == 0 {
            let network = ("network", account.network.to_string());
            found.push(block(Rule::PicturesUnsupported, [network]));
        } else {
            found.push(block(Rule::PicturesNotHere, []));
        }
    } else if media.len() > limits.max_count as usize {
        let numbers = [
            ("count", media.len().to_string()),
            ("max", limits.max_count.to_string()),
        ];
        found.push(block(Rule::TooManyPictures, numbers));
    }
    for (number, picture) in (1u32..).zip(media) {
        let number = || ("picture", number.to_string());
        match facts.get(&picture.media) {
            None => found.push(block(Rule::PictureMissing, [number()])),
            Some(facts) => {
                if facts.bytes > limits.max_bytes {
                    let numbers = [
                        number(),
                        ("bytes", facts.bytes.to_string()),
                        ("max", limits.max_bytes.to_string()),
                    ];
                    found.push(block(Rule::PictureTooLarge, numbers));
                }
                if facts.pixels > limits.max_pixels {
                    let numbers = [
                        number(),
                        ("pixels", facts.pixels.to_string()),
                        ("max", limits.max_pixels.to_string()),
                    ];
                    found.push(block(Rule::PictureTooManyPixels, numbers));
                }
            }
        }
        found.extend(alt(picture, limits).map(|finding| {
            let mut finding = finding;
            finding.args.extend([number()]);
            finding
        }));
    }
    found
}

/// A part with nothing in it has a finding of its own.
pub(super) fn required(part: &Part, answers: bool, limits: &MediaLimits) -> Option<Finding> {
    let lacks = limits.required && !answers && part.media.is_empty() && !is_blank(&part.text);
    lacks.then(|| block(Rule::PictureRequired, []))
}

fn alt(picture: &Picture, limits: &MediaLimits) -> Option<Finding> {
    if picture.alt.trim().is_empty() {
        let severity = if limits.alt_required {
            Severity::Block
        } else {
            Severity::Warn
        };
        return Some(Finding {
            severity,
            ..block(Rule::AltMissing, [])
        });
    }
    let (count, max) = (picture.alt.chars().count(), limits.alt_max as usize);
    if count <= max {
        return None;
    }
    let numbers = [
        ("count", count.to_string()),
        ("max", max.to_string()),
        ("over", (count - max).to_string()),
    ];
    Some(block(Rule::AltTooLong, numbers))
}
