//! `cost`: what posting costs where it is paid for, what was spent, and the month's cap.

use clap::{Args, Subcommand};
use kossori_api::{CostPatch, CostView, Request};
use serde_json::Value;

use crate::content::usage;
use crate::task::{Outcome, Task, read};
use crate::words::Words;

#[derive(Subcommand)]
pub enum Cost {
    /// What was spent this month, the cap, and the prices
    #[command(after_help = "Example:\n  kossorictl cost show")]
    Show,
    /// Change the cap or the prices
    #[command(
        after_help = "Example:\n  kossorictl cost set --cap 5\n  kossorictl cost set --cap none --post 0.015"
    )]
    Set(Set),
}

#[derive(Args)]
pub struct Set {
    /// The most that all X accounts together may spend in a month, in UTC; none: no cap
    #[arg(long, value_name = "USD")]
    cap: Option<String>,
    /// The price of a post
    #[arg(long, value_name = "USD")]
    post: Option<String>,
    /// The price of a post with a link
    #[arg(long, value_name = "USD")]
    post_with_link: Option<String>,
    /// The price of a picture's description
    #[arg(long, value_name = "USD")]
    picture_text: Option<String>,
    /// The price of a deletion
    #[arg(long, value_name = "USD")]
    delete: Option<String>,
    /// The price of reading a post of one's own
    #[arg(long, value_name = "USD")]
    read: Option<String>,
}

pub fn task(cost: Cost) -> Outcome<Task> {
    Ok(match cost {
        Cost::Show => Task::ask(Request::CostShow, show),
        Cost::Set(set) => {
            let patch = CostPatch {
                cap: set.cap.map(|cap| Some(cap).filter(|cap| cap != "none")),
                post: set.post,
                post_with_link: set.post_with_link,
                picture_text: set.picture_text,
                delete: set.delete,
                read: set.read,
            };
            if patch == CostPatch::default() {
                return Err(usage("cost set"));
            }
            Task::ask(Request::CostSet(patch), show)
        }
    })
}

fn show(words: &Words, answer: Value) -> Outcome<String> {
    let view: CostView = read(answer)?;
    let spent = dollars(view.spent_usd);
    let month = match view.cap_usd.zip(view.left_usd) {
        Some((cap, left)) => words.say(
            "cli.cost_month",
            &[
                ("month", &view.month),
                ("spent", &spent),
                ("cap", &dollars(cap)),
                ("left", &dollars(left)),
            ],
        ),
        None => words.say(
            "cli.cost_month_no_cap",
            &[("month", &view.month), ("spent", &spent)],
        ),
    };
    let row = |who: String, sum: f64| vec![who, format!("${}", dollars(sum))];
    let accounts: Vec<Vec<String>> = view
        .accounts
        .iter()
        .map(|(id, sum)| row(id.clone(), *sum))
        .collect();
    let prices: Vec<Vec<String>> = [
        ("cli.cost_price.post", view.prices.post),
        ("cli.cost_price.post_with_link", view.prices.post_with_link),
        ("cli.cost_price.picture_text", view.prices.picture_text),
        ("cli.cost_price.delete", view.prices.delete),
        ("cli.cost_price.read", view.prices.read),
    ]
    .into_iter()
    .map(|(key, price)| row(words.say(key, &[]), price))
    .collect();
    Ok(words.lines([
        month,
        words.table(&accounts),
        words.table(&prices),
        words.moved(&view.moved),
    ]))
}

/// With two decimals at least, and not more than there are.
pub fn dollars(sum: f64) -> String {
    let exact = format!("{sum:.6}");
    let shown = exact.trim_end_matches('0');
    let decimals = shown.len() - shown.find('.').map_or(0, |point| point + 1);
    format!("{shown}{}", "0".repeat(2_usize.saturating_sub(decimals)))
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn sums_have_two_decimals_at_least() {
        for (sum, shown) in [
            (0.0, "0.00"),
            (5.0, "5.00"),
            (0.2, "0.20"),
            (0.015, "0.015"),
            (12.5, "12.50"),
            (0.000001, "0.000001"),
        ] {
            assert_eq!(dollars(sum), shown);
        }
    }
}
