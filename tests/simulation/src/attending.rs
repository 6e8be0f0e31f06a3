//! A person who looks at what waits for them.

use jiff::SignedDuration;
use kossori_api::{Request, Resolution, SecretInput};
use serde_json::Value;

use super::story::{Story, text};

impl Story {
    /// The person looks at what waits for them.
    pub fn attend(&mut self) {
        self.machine.vault.shut(None);
        self.resume();
        if self.machine.off == SignedDuration::ZERO
            && self
                .ask(Request::Status)
                .is_some_and(|status| status["reason"] == "clock_unsure")
        {
            self.ask(Request::ClockConfirm);
        }
        for index in 0..self.people.len() {
            let id = self.people[index].id.clone();
            let Some(list) = self.ask(Request::AccountList) else {
                return;
            };
            let accounts = list["accounts"].as_array().cloned().unwrap_or_default();
            let unwell = accounts
                .iter()
                .any(|account| account["id"] == id.as_str() && account["health"] != "ok");
            if unwell {
                self.ask(Request::AccountSignIn {
                    id,
                    secret: Some(SecretInput::new("password".to_owned())),
                });
            }
        }
        let Some(list) = self.ask(Request::QueueList { all: true }) else {
            return;
        };
        for delivery in list["deliveries"].as_array().cloned().unwrap_or_default() {
            self.decide(&delivery);
        }
    }

    fn decide(&mut self, delivery: &Value) {
        let id = text(&delivery["id"]);
        match delivery["state"].as_str().unwrap_or_default() {
            "needs_you" => self.resolve(&id, delivery),
            "rejected" => match self.luck.below(4) {
                0 | 1 => drop(self.ask(Request::QueueRetry { id })),
                2 => drop(self.ask(Request::QueueRemove { id, discard: true })),
                _ => {}
            },
            "held" => drop(self.ask(Request::QueueApprove {
                id,
                confirm_persona: true,
            })),
            _ => {}
        }
    }

    /// The person opens their profile and says what they see. What is still on its way has arrived by then: it is at
    /// most twenty minutes late, and nobody is asked so soon.
    fn resolve(&mut self, id: &str, delivery: &Value) {
        self.asked += 1;
        let Some(promise) = self.promises.iter().find(|promise| promise.delivery == id) else {
            return;
        };
        let author = promise.author.clone();
        if self.machine.net.is_under_way(&author) {
            return;
        }
        let number = promise.number;
        // Of a thread that was begun anew the first parts are out already.
        let all = promise.wordings.last().map_or(1, |(_, parts)| parts.len() as u64);
        let before = all.saturating_sub(delivery["parts"].as_u64().unwrap_or(all));
        let part = before + delivery["parts_sent"].as_u64().unwrap_or(0);
        let tag = format!("T{number}.{part} ");
        let there = self
            .machine
            .net
            .find(&author, |commit| commit.text.starts_with(&tag));
        let resolution = if self.luck.percent(12) {
            Resolution::Leave
        } else if let Some(commit) = there.first().filter(|_| !self.luck.percent(20)) {
            // One in five overlooks it.
            Resolution::There {
                url: Some(format!("https://server.example/@me/{}", commit.id)),
            }
        } else {
            Resolution::NotThere
        };
        self.ask(Request::QueueResolve {
            id: id.to_owned(),
            resolution,
        });
    }
}
