//! What goes wrong with a post call.

use std::time::Duration;

use kossori_core::network::Network;
use kossori_engine::ports::{Fault, Session};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::bench::{Bench, Server, Which};
use crate::networks::POST_CALLS;
use crate::support::servers::{Gate, Instead, Lose, Rule};

const LONGER_THAN_ANYBODY_READS: usize = 2 * 1024 * 1024;
const LONGER_THAN_ANYBODY_WAITS: Duration = Duration::from_mins(10);

impl Bench {
    /// Something goes wrong with the next post call. A stand-in does it itself; what no server would do by itself is done by the
    /// gate in front of it.
    pub async fn fault(&self, kind: &str) {
        self.fault_on(self.post_call(), kind).await;
    }

    /// What its faults call a stand-in's post call.
    pub(super) fn post_call(&self) -> &'static str {
        match self.home.server {
            Which::StandIn(_, on) => on,
            _ => POST_CALLS,
        }
    }

    pub(super) async fn fault_on(&self, on: &str, kind: &str) {
        match &self.server {
            Server::StandIn(server) if matches!(kind, "slow" | "html_before" | "html_after") => {
                self.fault_at(&server.gate, server.kind.post_call, kind);
            }
            Server::StandIn(server) => {
                let fault = json!({"on": on, "kind": kind, "times": 1});
                server.post("/_faults", &fault).await;
            }
            Server::Real(real) if kind == "unauthorized" => {
                *self.spoilt.borrow_mut() = Some(real.signed_out().await);
            }
            Server::Real(real) => match real.gate() {
                Some(gate) => self.fault_at(gate, POST_CALLS, kind),
                None => {
                    let fault = match kind {
                        "drop_after" => Fault::LostAnswer,
                        "rate_limit" => Fault::RateLimit,
                        "slow" => Fault::Slow,
                        _ => panic!("practice has no {kind}"),
                    };
                    real.practise(fault).await;
                }
            },
        }
    }

    fn fault_at(&self, gate: &Gate, on: &str, kind: &str) {
        let error = match self.home.network {
            Network::Bluesky => json!({"error": "Broken", "message": "Something is broken"}),
            _ => json!({"error": "Something is broken"}),
        };
        let instead = |before: bool, status: u16, kind: &str, body: Vec<u8>| {
            Some(Instead {
                before,
                status,
                headers: vec![("content-type", kind.to_owned())],
                body,
            })
        };
        let json = |before, status| instead(before, status, "application/json", error.to_string().into());
        let page = "<!doctype html><title>Sign in to the network</title>";
        let author = self.session.account.author_id.clone();
        let mut rule = Rule {
            matching: on.into(),
            times: Some(1),
            ..Rule::default()
        };
        match kind {
            "drop_after" => rule.lose = Some(Lose::Answer),
            // The server has it, and its answer comes when nobody waits any more.
            "slow" => rule.after = LONGER_THAN_ANYBODY_WAITS,
            "500_before" => rule.instead = json(true, 500),
            "500_after" => rule.instead = json(false, 500),
            "rate_limit" => {
                rule.instead = json(true, 429).map(|mut said| {
                    said.headers.push(("retry-after", "60".to_owned()));
                    said
                });
            }
            "html_before" => rule.instead = instead(true, 200, "text/html", page.into()),
            "html_after" => rule.instead = instead(false, 200, "text/html", page.into()),
            "huge" => {
                let body = vec![b'x'; LONGER_THAN_ANYBODY_READS];
                rule.instead = instead(false, 200, "application/json", body);
            }
            "other_author" if self.home.network == Network::Bluesky => {
                rule.answered = Some((author, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa".to_owned()));
            }
            "other_author" => {
                let id = |id: &str| format!("\"account\":{{\"id\":\"{id}\"");
                rule.answered = Some((id(&author), id("999")));
            }
            "widen" => rule.asked = Some(("\"private\"".to_owned(), "\"public\"".to_owned())),
            _ => panic!("the gate knows no {kind}"),
        }
        gate.rule(rule);
    }

    /// From now on, or for the next post call, what gives access is not taken. What renews it still is, where there is such a thing.
    pub(super) async fn access_ends(&self) {
        match &self.server {
            Server::StandIn(server) if self.home.network == Network::X => {
                let whose = json!({"account": server.kind.accounts[0]});
                server.post("/_expire", &whose).await;
            }
            Server::Real(_) if self.home.network == Network::Bluesky => {
                let mut tokens: Value = serde_json::from_str(self.session.tokens.expose()).unwrap();
                tokens["access"] = json!("garbage");
                *self.spoilt.borrow_mut() = Some(Session {
                    tokens: Secret::new(tokens.to_string()),
                    ..self.session.clone()
                });
            }
            _ => self.fault("unauthorized").await,
        }
    }
}
