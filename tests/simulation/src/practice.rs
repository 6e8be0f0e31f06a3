//! The practice network, whose list is in the folder itself. Published by the app's own adapter; what is listed in the end
//! is judged like any server's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::ids::AccountId;
use kossori_core::network::Network;
use kossori_engine::ports::{Fault, NewTimelinePost, Publisher, Timeline, TimelineError, TimelinePost};
use kossori_networks::{Networks, Options};

use super::disk::Disk;
use super::net::Commit;
use crate::clock::SimClock;
use crate::parts::locked;

pub struct Practice {
    disk: Arc<Disk>,
    clock: Arc<SimClock>,
    /// By key: when each post really came, whatever the wall clock said.
    came: Mutex<BTreeMap<String, Timestamp>>,
}

impl Practice {
    pub fn new(disk: &Arc<Disk>, clock: &Arc<SimClock>) -> Arc<Practice> {
        Arc::new(Practice {
            disk: Arc::clone(disk),
            clock: Arc::clone(clock),
            came: Mutex::default(),
        })
    }

    pub fn publisher(self: &Arc<Practice>) -> Arc<dyn Publisher> {
        let timeline: Arc<dyn Timeline> = self.clone();
        let networks = Networks::new(timeline, self.clock.clone(), Options::default());
        networks.publisher(Network::Practice)
    }

    /// What is listed of the account, which is `author` in the story.
    pub fn commits(&self, account: &str, author: &str) -> Vec<Commit> {
        let came = locked(&self.came);
        self.disk.look(|memory| {
            let mine = memory.timelines().iter().filter(|(of, _)| of.as_str() == account);
            mine.map(|(_, post)| commit(post, author, &came)).collect()
        })
    }
}

fn commit(post: &TimelinePost, author: &str, came: &BTreeMap<String, Timestamp>) -> Commit {
    let at = came.get(&post.key).copied().unwrap_or(post.published_at);
    Commit {
        at,
        stamped: post.published_at,
        left_at: at,
        author: author.to_owned(),
        key: post.key.clone(),
        part: post.part,
        text: post.text.clone(),
        pictures: post
            .pictures
            .iter()
            .map(|picture| picture.sha256.clone())
            .collect(),
        visibility: "public".to_owned(),
        reply_to: post.reply_to.clone(),
        id: post.id.clone(),
        by_fate: None,
    }
}

#[async_trait]
impl Timeline for Practice {
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError> {
        let there = self
            .disk
            .look(|memory| !memory.find(&post.account, &post.key).is_empty());
        if !there {
            locked(&self.came).insert(post.key.clone(), self.clock.true_now());
        }
        self.disk.publish(post).await
    }

    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError> {
        Timeline::find(self.disk.as_ref(), account, key).await
    }

    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError> {
        Timeline::posts(self.disk.as_ref(), account).await
    }

    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError> {
        self.disk.remove(account, id).await
    }

    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError> {
        self.disk.set_fault(account, fault).await
    }

    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError> {
        self.disk.take_fault(account).await
    }
}
