//! What a person writes, queues, words anew and takes back.

use jiff::SignedDuration;
use kossori_api::{ContentInput, MediaInput, PartInput, PostInput, Request, WhenInput};
use kossori_core::network::{Network, Visibility};
use serde_json::Value;

use super::story::{Author, Promise, Story, text};

impl Story {
    fn words(&mut self, number: u64, parts: u64, wording: u64) -> Vec<String> {
        let noise = self.luck.draw();
        (0..parts)
            .map(|part| {
                format!(
                    "T{number}.{part} v{wording} {:x}",
                    noise.rotate_left(part as u32 * 7)
                )
            })
            .collect()
    }

    /// Something new is written and queued.
    pub fn write(&mut self) {
        self.numbers += 1;
        let number = self.numbers;
        let mut chosen = vec![usize::try_from(self.luck.below(5)).unwrap_or(0)];
        if self.luck.percent(8) && chosen[0] != 1 {
            chosen.push(if chosen[0] == 2 { 0 } else { 2 });
        }
        let parts = if self.luck.percent(20) {
            2 + self.luck.below(2)
        } else {
            1
        };
        let wording = self.words(number, parts, 0);
        let pictures = self.pictures(number, parts);
        let fedi = chosen
            .iter()
            .all(|index| self.people[*index].network == Network::Mastodon);
        let visibility = if fedi && self.luck.percent(30) {
            *self.luck.of(&[Visibility::Private, Visibility::Unlisted])
        } else {
            Visibility::Public
        };
        let mut input = PostInput {
            accounts: chosen
                .iter()
                .map(|index| self.people[*index].id.clone())
                .collect(),
            content: content(&wording, &pictures, fedi.then_some(visibility)),
            confirm_persona: true,
            hold: self.luck.percent(8),
            ..PostInput::default()
        };
        let on_time = self.machine.off == SignedDuration::ZERO;
        let mut opens = None;
        match self.luck.below(20) {
            0..=2 if on_time => {
                let at = self.machine.now() + self.luck.seconds(60, 200_000);
                input.when = WhenInput::At(at.to_string());
                if self.luck.percent(30) {
                    input.override_window = true;
                    opens = Some(at);
                }
            }
            3 | 4 => input.when = WhenInput::Window("evening".to_owned()),
            5 | 6 if on_time => {
                let at = self.machine.now() + self.luck.seconds(7_200, 200_000);
                input.expires = Some(at.to_string());
            }
            _ => {}
        }
        let asked_at = self.machine.now();
        let answer = self.machine.ask(Request::PostAdd(input));
        let rows: Vec<(String, String)> = match &answer {
            Some(Err(_)) => {
                self.refused.insert(number);
                return;
            }
            Some(Ok(added)) => {
                let rows = added["deliveries"].as_array().cloned().unwrap_or_default();
                let row = |row: &Value| (text(&row["account"]), text(&row["id"]));
                rows.iter().map(row).collect()
            }
            // It may be queued or not, and nobody has said by which names.
            None => {
                let all = chosen.iter().map(|index| self.people[*index].id.clone());
                all.map(|account| (account, String::new())).collect()
            }
        };
        if let Some(at) = opens {
            self.openings
                .change(asked_at, |held| held.overrides.push((number, at)));
        }
        for (account, delivery) in rows {
            let who = self.people.iter().find(|who| who.id == account);
            self.promises.push(Promise {
                number,
                author: who.expect("an account").name.to_owned(),
                delivery,
                visibility,
                wordings: vec![(asked_at, wording.clone())],
                pictures: pictures.clone(),
                withdrawn: false,
                left: false,
                begun_anew: false,
                unsure: answer.is_none(),
                may_be_missing: answer.is_none(),
                copied: None,
            });
        }
    }

    /// One in five texts shows something.
    fn pictures(&mut self, number: u64, parts: u64) -> Vec<Vec<String>> {
        let some = self.luck.percent(20);
        let of = |story: &mut Story, part: u64| {
            let many = if some && story.luck.percent(70) {
                1 + story.luck.below(2)
            } else {
                0
            };
            let path = |n: u64| format!("/pictures/{number}-{part}-{n}.png");
            (0..many).map(path).collect()
        };
        (0..parts).map(|part| of(self, part)).collect()
    }

    /// Something that waits is edited, moved, held, taken back …
    pub fn change_something(&mut self) {
        if self.luck.percent(15) {
            return self.queue_a_draft();
        }
        if self.promises.is_empty() {
            return;
        }
        // Mostly what is new, for what is old is out.
        let most = self.promises.len() as u64;
        let back = self.luck.below(most.min(8));
        let index = usize::try_from(most - 1 - back).unwrap_or(0);
        let id = self.promises[index].delivery.clone();
        let copied = self.promises[index].copied.is_some();
        match self.luck.below(10) {
            // What another folder may have sent is not worded anew: both would be there.
            0 if copied => {}
            0 => {
                let number = self.promises[index].number;
                let parts = self.promises[index].wordings[0].1.len() as u64;
                let version = self.promises[index].wordings.len() as u64;
                let wording = self.words(number, parts, version);
                let fedi = self
                    .people
                    .iter()
                    .any(|who| who.name == self.promises[index].author && who.network == Network::Mastodon);
                let visibility = fedi.then_some(self.promises[index].visibility);
                let edit = Request::QueueEdit {
                    id,
                    content: content(&wording, &self.promises[index].pictures, visibility),
                    thread: false,
                    numbered: false,
                    confirm_persona: true,
                };
                let asked_at = self.machine.now();
                match self.machine.ask(edit) {
                    Some(Err(_)) => {}
                    answer => {
                        self.promises[index].wordings.push((asked_at, wording));
                        // Not answered, nobody knows which of the two it is now.
                        self.promises[index].unsure |= answer.is_none();
                    }
                }
            }
            1 => drop(self.ask(Request::QueueHold {
                id,
                until: None,
                zone: None,
            })),
            2 | 3 => self.let_go(index, id),
            4 | 5 => {
                let discard = self.luck.percent(30);
                let number = self.promises[index].number;
                let author = self.promises[index].author.clone();
                match self.machine.ask(Request::QueueRemove { id, discard }) {
                    Some(Ok(removed)) => {
                        self.promises[index].withdrawn = true;
                        if let Some(draft) = removed["draft"].as_str() {
                            let who = self
                                .people
                                .iter()
                                .find(|who| who.name == author)
                                .expect("an account");
                            let who = Author {
                                id: who.id.clone(),
                                name: who.name.to_owned(),
                            };
                            self.drafts.push((draft.to_owned(), number, who));
                        }
                    }
                    Some(Err(_)) => {}
                    None => self.promises[index].unsure = true,
                }
            }
            6 => drop(self.ask(Request::QueueMove { id, to: 1 })),
            7 if self.seems_out(index) => {}
            7 => drop(self.ask(Request::QueueRetry { id })),
            _ => {
                let next = self.luck.percent(50);
                let evening = || WhenInput::Window("evening".to_owned());
                self.ask(Request::QueueWhen {
                    id,
                    when: if next { WhenInput::Next } else { evening() },
                    override_window: false,
                    zone: None,
                    expires: None,
                });
            }
        }
    }

    fn queue_a_draft(&mut self) {
        let Some((draft, number, who)) = self.drafts.pop() else {
            return;
        };
        let index = self
            .promises
            .iter()
            .rposition(|promise| promise.number == number && promise.author == who.name);
        let Some(index) = index.filter(|index| !self.seems_out(*index)) else {
            return;
        };
        let input = PostInput {
            accounts: vec![who.id.clone()],
            draft: Some(draft),
            confirm_persona: true,
            ..PostInput::default()
        };
        match self.machine.ask(Request::PostAdd(input)) {
            Some(Ok(added)) => {
                let promise = &mut self.promises[index];
                if let Some(id) = added["deliveries"][0]["id"].as_str() {
                    promise.delivery = id.to_owned();
                    promise.withdrawn = false;
                    promise.begun_anew = true;
                }
            }
            Some(Err(_)) => {}
            None => {
                let promise = &mut self.promises[index];
                (promise.unsure, promise.begun_anew) = (true, true);
            }
        }
    }
}

fn content(wording: &[String], pictures: &[Vec<String>], visibility: Option<Visibility>) -> ContentInput {
    let shown = |path: &String| MediaInput {
        path: Some(path.into()),
        alt: "a view".to_owned(),
        ..MediaInput::default()
    };
    let part = |(text, pictures): (&String, &Vec<String>)| PartInput {
        text: text.clone(),
        media: pictures.iter().map(shown).collect(),
    };
    ContentInput {
        parts: wording.iter().zip(pictures).map(part).collect(),
        visibility,
        ..ContentInput::default()
    }
}
