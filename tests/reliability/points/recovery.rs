//! Bringing to an end what a process finds open, as a person would who looks into their queue, and telling what the
//! folder has in the end.

use std::time::Duration;

use kossori_api::{Code, JournalInput, Request, Resolution};
use serde_json::Value;

use super::process::Process;
use crate::support::points::{Row, Told};
use crate::support::world::now;

impl Process<'_> {
    /// Nothing is open at first: what the last process left is looked up, and nothing may go out. Then it may.
    pub async fn recover(&mut self) {
        if self.open_ones().await.is_empty() {
            self.tick();
            if self.plan.story.as_deref() != Some("set up")
                && self.ask(Request::Status).await["break_until"].is_null()
            {
                // The last process died before it began another one.
                self.break_now().await;
            }
            return;
        }
        // There is none to end when the last process ended it.
        let _ = self.try_ask(Request::BreakEnd).await;
        let from = now().as_millisecond();
        self.tick();
        self.until_progress_is_done().await;
        let to = now().as_millisecond();
        self.points.tell(&Told::Shut { from, to });
        if self.ask(Request::Status).await["reason"] == "folder_is_a_copy" {
            self.ask(Request::Adopt).await;
        }
        self.break_now().await;
        let limit = tokio::time::Instant::now() + Duration::from_secs(90);
        loop {
            let open = self.open_ones().await;
            if open.is_empty() {
                return;
            }
            if tokio::time::Instant::now() > limit {
                let shown = self.show(open[0]["id"].as_str().unwrap_or_default()).await;
                self.fail(&format!(
                    "it does not end: {shown}; {}",
                    self.ask(Request::Status).await
                ));
            }
            let patient = tokio::time::Instant::now() + Duration::from_secs(87) < limit;
            for delivery in &open {
                self.decide(delivery, patient).await;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// What a person does with what waits for them.
    async fn decide(&self, delivery: &Value, patient: bool) {
        let id = delivery["id"].as_str().unwrap_or_default().to_owned();
        let done = match delivery["state"].as_str() {
            Some("held") => {
                let confirm_persona = false;
                self.try_ask(Request::QueueApprove {
                    id,
                    confirm_persona,
                    anyway: false,
                })
                .await
            }
            Some("needs_you") if self.plan.leaves => self.resolve(&id, Resolution::Leave).await,
            Some("unknown") if self.plan.leaves && !patient => self.resolve(&id, Resolution::Leave).await,
            // They say so to whatever is open; it looks once more first.
            Some("needs_you") => self.resolve(&id, Resolution::NotThere).await,
            // The next look is an hour away.
            Some("unknown") if !patient => self.resolve(&id, Resolution::NotThere).await,
            Some("queued") if delivery["reason"] == "needs_sign_in" => self.sign_in_again(delivery).await,
            // Two that wait are planned apart: sooner, if it can be.
            Some("queued") if !patient && planned_far_ahead(delivery) => {
                self.try_ask(Request::QueueRetry { id }).await
            }
            _ => return,
        };
        match done {
            Ok(_) => {}
            Err(problem)
                if matches!(
                    problem.code,
                    Code::NotPossibleNow | Code::ServerUnreachable | Code::AlreadySending
                ) => {}
            Err(problem) => self.fail(&format!("{problem:?} of {delivery}")),
        }
    }

    async fn until_progress_is_done(&self) {
        while self.ask(Request::RunProgress).await["done"] != true {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn open_ones(&self) -> Vec<Value> {
        let listed = self.ask(Request::QueueList { all: false }).await;
        let mut rows = listed["deliveries"].as_array().cloned().unwrap_or_default();
        rows.retain(|row| !matches!(row["state"].as_str(), Some("rejected" | "missed")));
        rows
    }

    pub async fn list(&self) {
        let listed = self.ask(Request::QueueList { all: true }).await;
        let journal = self.ask(Request::Journal(JournalInput::default())).await;
        let handles = self.accounts().await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        for row in listed["deliveries"].as_array().into_iter().flatten() {
            let events = journal["entries"].as_array().into_iter().flatten();
            let events = events.filter(|entry| entry["delivery"] == row["id"]);
            let account = handles.iter().find(|(id, _)| row["account"] == id.as_str());
            self.points.tell(&Told::Row(Row {
                delivery: text(row, "id"),
                account: account.map(|(_, handle)| handle.clone()).unwrap_or_default(),
                state: text(row, "state"),
                text: text(row, "text"),
                parts_sent: row["parts_sent"]
                    .as_u64()
                    .and_then(|n| n.try_into().ok())
                    .unwrap_or(0),
                events: events.map(|entry| text(entry, "event")).collect(),
            }));
        }
    }
}

/// Who asks for what is about to go voids the attempt, again and again.
fn planned_far_ahead(delivery: &Value) -> bool {
    let planned = delivery["planned_at"].as_str();
    let planned = planned.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    planned.is_none_or(|at| at > now() + jiff::SignedDuration::from_secs(5))
}
