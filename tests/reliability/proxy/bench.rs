//! A server, the lanes to it, and what it lists.

use std::path::Path;

use kossori_core::network::Network;
use tempfile::TempDir;

use super::lane::{Home, Lane, Posted};
use super::lanes;
use crate::support::listed::{bluesky_texts, mastodon_texts};
use crate::support::pictures::telling_jpeg;
use crate::support::servers::stand_in::{Keys, Kind, Pictures};
use crate::support::servers::{Forgetful, Mastodon, Pds, StandIn, http};
use crate::support::wire::Wire;

/// A server and what it lists.
enum Server {
    Bluesky(Pds, Vec<String>),
    Mastodon(Mastodon, Vec<(String, String)>),
    Forgetful(Forgetful),
    StandIn(StandIn),
}

pub(super) struct Bench {
    server: Server,
    pub(super) lanes: Vec<Lane>,
    pub(super) on: &'static str,
    _folder: TempDir,
}

fn folder_with_picture() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    telling_jpeg(&folder.path().join("picture.jpg"), 64, 48, 5);
    folder
}

pub(super) fn home(network: Network, handle: &str, secret: &str, plc: Option<&str>, folder: &Path) -> Home {
    Home {
        network,
        handle: handle.to_owned(),
        secret: secret.to_owned(),
        plc: plc.map(str::to_owned),
        client_id: None,
        picture: folder.join("picture.jpg"),
        each_shows_it: false,
    }
}

const BLUESKY_CALLS: [&str; 2] = [
    "POST /xrpc/com.atproto.repo.putRecord",
    "POST /xrpc/com.atproto.repo.applyWrites",
];
const MASTODON_CALLS: [&str; 1] = ["POST /api/v1/statuses "];

impl Bench {
    pub(super) async fn bluesky() -> Bench {
        let folder = folder_with_picture();
        let pds = Pds::start().await;
        let (mut all, mut dids) = (Vec::new(), Vec::new());
        for n in 0..lanes() {
            let handle = format!("lane{n}.test");
            let made = pds.create_account(&handle, "correct horse").await;
            let home = home(
                Network::Bluesky,
                &handle,
                &made.app_password,
                Some(&pds.plc),
                folder.path(),
            );
            all.push(Lane::new(home, Some(Wire::to(&pds.direct, &BLUESKY_CALLS))));
            dids.push(made.did);
        }
        Bench {
            server: Server::Bluesky(pds, dids),
            lanes: all,
            on: "bluesky",
            _folder: folder,
        }
    }

    pub(super) async fn mastodon() -> Bench {
        let folder = folder_with_picture();
        let server = Mastodon::start().await;
        let (mut all, mut known) = (Vec::new(), Vec::new());
        for n in 0..lanes() {
            let handle = format!("lane{n}");
            let token = server.token(&handle).to_owned();
            let url = format!("{}/api/v1/accounts/verify_credentials", server.direct);
            let bearer = format!("Bearer {token}");
            let me = http("GET", &url, &[("authorization", &bearer)], Vec::new())
                .await
                .json();
            let home = home(Network::Mastodon, &handle, &token, None, folder.path());
            all.push(Lane::new(home, Some(Wire::to(&server.direct, &MASTODON_CALLS))));
            known.push((token, me["id"].as_str().expect("an id").to_owned()));
        }
        Bench {
            server: Server::Mastodon(server, known),
            lanes: all,
            on: "mastodon",
            _folder: folder,
        }
    }

    pub(super) async fn forgetful() -> Bench {
        let folder = folder_with_picture();
        let server = Forgetful::start().await;
        let lane = |n: usize| {
            let handle = format!("lane{n}");
            let home = home(
                Network::Mastodon,
                &handle,
                server.token(&handle),
                None,
                folder.path(),
            );
            Lane::new(home, Some(Wire::to(&server.direct, &MASTODON_CALLS)))
        };
        let lanes = (0..lanes()).map(lane).collect();
        Bench {
            server: Server::Forgetful(server),
            lanes,
            on: "unknown software that keeps no keys",
            _folder: folder,
        }
    }

    /// A network that no real server can be run of.
    pub(super) async fn stand_in(kind: &'static Kind) -> Bench {
        let folder = folder_with_picture();
        let server = StandIn::start(kind).await;
        let lines = server.first_lines();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let lane = |username: &&str| {
            let home = Home {
                client_id: server.client_id(),
                each_shows_it: kind.pictures == Pictures::Must,
                ..home(
                    kind.network,
                    username,
                    server.token(username),
                    None,
                    folder.path(),
                )
            };
            Lane::new(home, Some(Wire::to(&server.direct, &lines)))
        };
        let lanes = kind.accounts.iter().take(lanes()).map(lane).collect();
        Bench {
            on: kind.on,
            server: Server::StandIn(server),
            lanes,
            _folder: folder,
        }
    }

    /// The texts of each lane's account.
    pub(super) async fn listed(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        match &self.server {
            Server::Bluesky(pds, dids) => {
                for did in dids {
                    all.push(bluesky_texts(&pds.direct, did).await);
                }
            }
            Server::Mastodon(server, known) => {
                for (token, id) in known {
                    all.push(mastodon_texts(&server.direct, token, id).await);
                }
            }
            Server::StandIn(server) => {
                for lane in &self.lanes {
                    all.push(server.texts(lane.handle()).await);
                }
            }
            Server::Forgetful(server) => {
                let log = server.log().await;
                for lane in &self.lanes {
                    let of = log.iter().filter(|entry| entry["account"] == lane.handle());
                    all.push(
                        of.map(|entry| entry["text"].as_str().unwrap_or_default().to_owned())
                            .collect(),
                    );
                }
            }
        }
        all
    }

    /// Where keys are not kept, always; where they live for an hour, if nothing was open while it was looked up.
    pub(super) fn may_ask(&self, post: &Posted) -> bool {
        match &self.server {
            Server::Bluesky(..) => false,
            Server::Mastodon(..) => post.shut,
            Server::Forgetful(_) => true,
            Server::StandIn(server) => match server.kind.keys {
                Keys::Always => false,
                Keys::Never => true,
            },
        }
    }
}
