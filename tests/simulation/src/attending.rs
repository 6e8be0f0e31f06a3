//! A person who looks at what waits for them.

use jiff::SignedDuration;
use kossori_api::{Code, Request, Resolution};
use kossori_core::ids::DeliveryId;
use kossori_core::network::Network;
use serde_json::Value;

use super::story::{Story, password, text};
use crate::parts::tag;

impl Story {
    /// The person looks at what waits for them.
    pub fn attend(&mut self) {
        self.machine.vault.shut(None);
        if self.machine.is_copy() && self.luck.percent(70) {
            self.machine.adopt();
        }
        self.resume();
        if self.machine.off == SignedDuration::ZERO
            && self
                .ask(Request::Status)
                .is_some_and(|status| status["reason"] == "clock_unsure")
        {
            self.ask(Request::ClockConfirm);
        }
        self.sign_in_who_are(|account| account["health"] != "ok");
        let Some(list) = self.ask(Request::QueueList { all: true }) else {
            return;
        };
        for delivery in list["deliveries"].as_array().cloned().unwrap_or_default() {
            self.decide(&delivery);
        }
    }

    fn sign_in_who_are(&mut self, wanted: impl Fn(&Value) -> bool) {
        let Some(list) = self.ask(Request::AccountList) else {
            return;
        };
        for account in list["accounts"].as_array().cloned().unwrap_or_default() {
            if wanted(&account) {
                let practice = account["network"] == Network::Practice.as_str();
                self.ask(Request::AccountSignIn {
                    id: text(&account["id"]),
                    secret: (!practice).then(password),
                    client_id: None,
                });
            }
        }
    }

    fn decide(&mut self, delivery: &Value) {
        let id = text(&delivery["id"]);
        let promise = self.promise_of(&id, delivery);
        match delivery["state"].as_str().unwrap_or_default() {
            "needs_you" => {
                if let Some(index) = promise {
                    self.resolve(index, &id, delivery);
                }
            }
            "rejected" if promise.is_none_or(|index| !self.seems_out(index)) => match self.luck.below(4) {
                0 | 1 => drop(self.ask(Request::QueueRetry { id })),
                2 => drop(self.ask(Request::QueueRemove { id, discard: true })),
                _ => {}
            },
            "held" => {
                match promise {
                    Some(index) => self.let_go(index, id),
                    None => drop(self.approve(id)),
                }
                // One click after the other.
                self.machine.advance_by(SignedDuration::from_secs(4));
            }
            _ => {}
        }
    }

    /// By its delivery, or, where nobody has answered which that is, by its words.
    fn promise_of(&mut self, id: &str, delivery: &Value) -> Option<usize> {
        let known = self.promises.iter().position(|promise| promise.delivery == id);
        if known.is_some() {
            return known;
        }
        let (number, _) = tag(delivery["text"].as_str()?)?;
        let of = text(&delivery["account"]);
        let who = self.people.iter().find(|who| who.id == of)?.name;
        let index = self
            .promises
            .iter()
            .position(|promise| promise.number == number && promise.author == who && promise.unsure)?;
        if !matches!(delivery["state"].as_str(), Some("removed" | "sent" | "left")) {
            self.promises[index].delivery = id.to_owned();
        }
        Some(index)
    }

    /// Who is told that the account's sign-in is over signs in.
    pub fn approve(&mut self, id: String) -> Option<Code> {
        let approve = Request::QueueApprove {
            id,
            confirm_persona: true,
            anyway: false,
        };
        let problem = self.machine.ask(approve)?.err()?;
        if problem.code == Code::NeedsSignIn {
            let handle = problem.args.get("account").cloned().unwrap_or_default();
            self.sign_in_who_are(|account| account["handle"] == handle.as_str());
        }
        Some(problem.code)
    }

    /// What waits for approval may go. Who is told that it has begun in the folder that this one was copied from takes it
    /// back.
    pub fn let_go(&mut self, index: usize, id: String) {
        if self.approve(id.clone()) == Some(Code::MayBeThere) {
            let removed = self.ask(Request::QueueRemove { id, discard: true });
            self.promises[index].withdrawn |= removed.is_some();
            self.promises[index].unsure |= removed.is_none();
        }
    }

    /// In a folder that was put back: something of the text has come there since. A person looks before they send once
    /// more what they were told has ended.
    pub fn seems_out(&self, index: usize) -> bool {
        let promise = &self.promises[index];
        let Some(since) = promise.copied else {
            return false;
        };
        self.listed(&promise.author).iter().any(|commit| {
            commit.at >= since && tag(&commit.text).is_some_and(|(number, _)| number == promise.number)
        })
    }

    /// The words of the delivery's part, as the queue shows them.
    fn words_of(&self, id: &str, part: u64) -> Option<String> {
        let part = usize::try_from(part).ok()?;
        self.machine.disk.look(|memory| {
            let delivery = memory.delivery(&DeliveryId(id.to_owned()))?;
            let revision = memory.revisions(&[delivery.revision]).into_iter().next()?;
            revision.content.parts.get(part).map(|part| part.text.clone())
        })
    }

    /// The person opens their profile and says what they see. What is still on its way has arrived by then: it is at
    /// most twenty minutes late, and nobody is asked so soon.
    fn resolve(&mut self, index: usize, id: &str, delivery: &Value) {
        self.asked += 1;
        let promise = &self.promises[index];
        let author = promise.author.clone();
        if self.machine.net.is_under_way(&author) {
            return;
        }
        let number = promise.number;
        // Of a thread that was begun anew the first parts are out already.
        let all = promise.wordings.last().map_or(1, |(_, parts)| parts.len() as u64);
        let before = all.saturating_sub(delivery["parts"].as_u64().unwrap_or(all));
        let part = before + delivery["parts_sent"].as_u64().unwrap_or(0);
        let begins = format!("T{number}.{part} ");
        let words = self.words_of(id, delivery["parts_sent"].as_u64().unwrap_or(0));
        let listed = self.listed(&author);
        // In a folder that was put back it may wait in other words than the ones that are out.
        let is_it =
            |text: &str| text.starts_with(&begins) && words.as_deref().is_none_or(|words| words == text);
        let there = listed.iter().find(|commit| is_it(&commit.text));
        // One in five overlooks it. Where the app cannot look, nothing is there but their word.
        let careful = self
            .people
            .iter()
            .any(|who| who.name == author && who.network == Network::LinkedIn);
        let leaves = self.luck.percent(12);
        let resolution = if leaves {
            Resolution::Leave
        } else if let Some(commit) = there.filter(|_| careful || !self.luck.percent(20)) {
            Resolution::There {
                url: Some(format!("https://server.example/@me/{}", commit.id)),
            }
        } else {
            Resolution::NotThere
        };
        let resolve = Request::QueueResolve {
            id: id.to_owned(),
            resolution,
        };
        let deaths = self.machine.deaths;
        let answer = self.machine.ask(resolve);
        // Done, and died before it was said: asked again, it is refused as done.
        let cut_off = self.machine.deaths > deaths;
        if leaves && (cut_off || !matches!(answer, Some(Err(_)))) {
            self.promises[index].left = true;
        }
    }
}
