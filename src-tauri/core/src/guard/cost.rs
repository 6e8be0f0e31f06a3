//! What it costs where posting is paid for: a link makes it dearer, and a month has its cap.

use std::collections::BTreeMap;

use super::{Finding, GuardCost, Rule, Severity, block};
use crate::cost::{PaidPart, of_post};
use crate::post::Content;

/// `content` is the network's own wording already.
pub(super) fn check(content: &Content, cost: &GuardCost<'_>) -> Vec<Finding> {
    let prices = cost.prices;
    let paid: Vec<PaidPart> = content
        .parts
        .iter()
        .map(|part| PaidPart::of(&part.text, part.media.iter().map(|picture| picture.alt.as_str())))
        .collect();
    let mut found = Vec::new();
    if prices.post.0 > 0 && prices.post_with_url > prices.post {
        let args = BTreeMap::from([
            ("post", prices.post.to_string()),
            ("with_link", prices.post_with_url.to_string()),
            ("times", times(prices.post_with_url.0, prices.post.0)),
        ]);
        let dear = (1..).zip(&paid).filter(|(_, part)| part.link);
        found.extend(dear.map(|(number, _)| Finding {
            severity: Severity::Note,
            part: Some(number),
            args: args.clone(),
            ..block(Rule::LinkCost, [])
        }));
    }
    let sum = of_post(prices, &paid);
    if let Some(budget) = cost.budget
        && let (Some(cap), Some(left)) = (budget.cap, budget.left())
        && !budget.may_send(sum)
    {
        // It is queued all the same, and goes by itself as soon as it may: nobody has to look at it again.
        found.push(Finding {
            severity: Severity::Warn,
            args: BTreeMap::from([
                ("cost", sum.to_string()),
                ("left", left.to_string()),
                ("cap", cap.to_string()),
            ]),
            ..block(Rule::CostCap, [])
        });
    }
    found
}

/// Rounded, with one decimal below ten: `13`, `1.5`.
fn times(dear: u64, cheap: u64) -> String {
    let tenths = dear.saturating_mul(10).saturating_add(cheap / 2) / cheap;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        (dear.saturating_add(cheap / 2) / cheap).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GuardCost, Severity};
    use super::{check, times};
    use crate::cost::{Budget, MicroUsd, Prices};
    use crate::ids::MediaId;
    use crate::post::{Content, Part, Picture};

    fn said(texts: &[&str], alt: &str, prices: Prices, budget: Option<Budget>) -> Vec<String> {
        let parts = texts.iter().map(|text| Part {
            text: (*text).to_owned(),
            media: vec![Picture {
                media: MediaId("p".to_owned()),
                alt: alt.to_owned(),
            }],
        });
        let content = Content {
            parts: parts.collect(),
            ..Content::default()
        };
        let cost = GuardCost {
            prices: &prices,
            budget,
        };
        let mut lines = Vec::new();
        for finding in check(&content, &cost) {
            let (rule, part) = (finding.rule.as_str(), finding.part.unwrap_or_default());
            assert_ne!(finding.severity, Severity::Block);
            let args: Vec<String> = finding
                .args
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            lines.push(format!("{rule} {part}: {}", args.join(", ")));
        }
        lines
    }

    #[test]
    fn a_link_is_said_with_both_prices_and_a_cap_with_what_is_left() {
        let capped = |cap, spent| {
            Some(Budget {
                spent: MicroUsd(spent),
                cap: Some(MicroUsd(cap)),
            })
        };
        let (link, plain) = ("see https://example.com/", "see");
        let prices = Prices::default;
        let dear = "link_cost 1: post 0.015, times 13, with_link 0.20".to_owned();
        assert_eq!(said(&[plain], "", prices(), None), [""; 0]);
        let second = dear.replace("cost 1", "cost 2");
        assert_eq!(said(&[link], "", prices(), None), std::slice::from_ref(&dear));
        assert_eq!(said(&[plain, link], "", prices(), None), [second]);
        // As much as is left may be spent, and not a millionth more.
        assert_eq!(said(&[plain], "", prices(), capped(15_000, 0)), [""; 0]);
        assert_eq!(
            said(&[plain], "", prices(), capped(15_000, 1)),
            ["cost_cap 0: cap 0.015, cost 0.015, left 0.014999"]
        );
        // Descriptions are paid for too.
        assert_eq!(
            said(&[plain, plain], "a cat", prices(), capped(30_000, 0)),
            ["cost_cap 0: cap 0.03, cost 0.04, left 0.03"]
        );
        let over = "cost_cap 0: cap 0.10, cost 0.20, left 0.00".to_owned();
        assert_eq!(
            said(&[link], "", prices(), capped(100_000, 300_000)),
            [dear, over]
        );
        // Nothing is dearer where nothing costs, or where a link costs as much.
        let free = Prices {
            post: MicroUsd::ZERO,
            ..prices()
        };
        let same = Prices {
            post_with_url: MicroUsd(15_000),
            ..prices()
        };
        assert_eq!(said(&[link], "", free, None), [""; 0]);
        assert_eq!(said(&[link], "", same, None), [""; 0]);
    }

    #[test]
    fn how_much_dearer() {
        for (dear, cheap, expected) in [
            (200_000, 15_000, "13"),
            (30_000, 15_000, "2"),
            (22_500, 15_000, "1.5"),
            (15_001, 15_000, "1"),
            (u64::MAX, 1, "18446744073709551615"),
        ] {
            assert_eq!(times(dear, cheap), expected, "{dear} {cheap}");
        }
    }
}
