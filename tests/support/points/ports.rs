//! The ports, each call of them between two points.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_core::network::{Network, Visibility};
use kossori_engine::Ports;
use kossori_engine::model::{Account, Attempt, Delivery, Draft, JournalEntry, Revision, StoredPicture, Wait};
use kossori_engine::ports::{
    About, Attention, Author, Begun, CallError, CameBack, Change, CleanPicture, Cleaned, Clock, Drawn, Fault,
    Found, Frozen, JournalRows, Look, Media, MediaError, Named, NewTimelinePost, Outgoing, OutgoingPicture,
    Paid, PictureBounds, PictureFacts, PictureSource, Publisher, Publishers, Refreshed, Session, SignIn,
    SignedIn, Store, StoreError, Timeline, TimelineError, TimelinePost, Vault, VaultError,
};
use kossori_engine::secret::Secret;

use super::{Points, named};

struct Watched<T: ?Sized> {
    real: Arc<T>,
    points: Arc<Points>,
}

pub(super) fn wrapped(ports: Ports, points: &Arc<Points>) -> Ports {
    Ports {
        store: watched(ports.store, points),
        timeline: watched(ports.timeline, points),
        media: watched(ports.media, points),
        publishers: watched(ports.publishers, points),
        ..ports
    }
}

fn watched<T: ?Sized>(real: Arc<T>, points: &Arc<Points>) -> Arc<Watched<T>> {
    Arc::new(Watched {
        real,
        points: Arc::clone(points),
    })
}

impl<T: ?Sized> Watched<T> {
    async fn between<A>(&self, name: &str, call: impl Future<Output = A>) -> A {
        self.points.pass(&format!("{name}: before")).await;
        let answer = call.await;
        self.points.pass(&format!("{name}: after")).await;
        answer
    }
}

#[async_trait]
impl Store for Watched<dyn Store> {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let (name, written) = named(&changes);
        let states = changes.iter().filter_map(|change| match change {
            Change::Delivery { delivery, .. } | Change::AddDelivery(delivery) => {
                Some((delivery.id.to_string(), delivery.state.as_str()))
            }
            _ => None,
        });
        let states = states.collect();
        let committed = self.between(&name, async {
            let done = self.real.commit(changes).await;
            if done.is_ok() {
                self.points.write_down(written, states);
            }
            done
        });
        committed.await
    }

    fn unwritable(&self) -> Option<StoreError> {
        self.real.unwritable()
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.between("store.setting", self.real.setting(name)).await
    }

    async fn answered(&self, request: &str) -> Result<Option<String>, StoreError> {
        self.between("store.answered", self.real.answered(request)).await
    }

    async fn waits(&self) -> Result<Vec<(String, Wait)>, StoreError> {
        self.between("store.waits", self.real.waits()).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.between("store.accounts", self.real.accounts()).await
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.between("store.drafts", self.real.drafts()).await
    }

    async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError> {
        self.between("store.draft", self.real.draft(id)).await
    }

    async fn draft_count(&self) -> Result<u64, StoreError> {
        self.between("store.draft_count", self.real.draft_count()).await
    }

    async fn deliveries(&self, states: &[State]) -> Result<Vec<Delivery>, StoreError> {
        self.between("store.deliveries", self.real.deliveries(states))
            .await
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.between("store.delivery", self.real.delivery(id)).await
    }

    async fn deliveries_named(&self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        self.between("store.deliveries_named", self.real.deliveries_named(ids))
            .await
    }

    async fn deliveries_that_differed(&self) -> Result<Vec<Delivery>, StoreError> {
        self.between(
            "store.deliveries_that_differed",
            self.real.deliveries_that_differed(),
        )
        .await
    }

    async fn last_thread(
        &self,
        account: &AccountId,
        until: Option<Timestamp>,
    ) -> Result<Option<Delivery>, StoreError> {
        self.between("store.last_thread", self.real.last_thread(account, until))
            .await
    }

    async fn ranks(&self) -> Result<Option<(i64, i64)>, StoreError> {
        self.between("store.ranks", self.real.ranks()).await
    }

    async fn counts(&self) -> Result<Vec<(State, u64)>, StoreError> {
        self.between("store.counts", self.real.counts()).await
    }

    async fn revision(&self, id: &str) -> Result<Option<Revision>, StoreError> {
        self.between("store.revision", self.real.revision(id)).await
    }

    async fn revisions(&self, ids: &[String]) -> Result<Vec<Revision>, StoreError> {
        self.between("store.revisions", self.real.revisions(ids)).await
    }

    async fn picture(&self, id: &MediaId) -> Result<Option<StoredPicture>, StoreError> {
        self.between("store.picture", self.real.picture(id)).await
    }

    async fn picture_facts(&self, ids: &[MediaId]) -> Result<Vec<PictureFacts>, StoreError> {
        self.between("store.picture_facts", self.real.picture_facts(ids))
            .await
    }

    async fn attempts(&self, delivery: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        self.between("store.attempts", self.real.attempts(delivery)).await
    }

    async fn counted_attempts(&self, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        self.between("store.counted_attempts", self.real.counted_attempts(since))
            .await
    }

    async fn journal(&self, rows: JournalRows) -> Result<Vec<JournalEntry>, StoreError> {
        self.between("store.journal", self.real.journal(rows)).await
    }

    async fn newest_journal(&self) -> Result<Option<Timestamp>, StoreError> {
        self.between("store.newest_journal", self.real.newest_journal())
            .await
    }
}

#[async_trait]
impl Timeline for Watched<dyn Timeline> {
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError> {
        self.between("timeline.publish", self.real.publish(post)).await
    }

    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError> {
        self.between("timeline.find", self.real.find(account, key)).await
    }

    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError> {
        self.between("timeline.posts", self.real.posts(account)).await
    }

    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError> {
        self.between("timeline.remove", self.real.remove(account, id))
            .await
    }

    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError> {
        self.between("timeline.set_fault", self.real.set_fault(account, fault))
            .await
    }

    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError> {
        self.between("timeline.take_fault", self.real.take_fault(account))
            .await
    }
}

#[async_trait]
impl Media for Watched<dyn Media> {
    async fn clean(&self, source: PictureSource, bounds: PictureBounds) -> Result<Cleaned, MediaError> {
        self.between("media.clean", self.real.clean(source, bounds)).await
    }

    async fn thumb(&self, picture: Arc<[u8]>) -> Result<CleanPicture, MediaError> {
        self.between("media.thumb", self.real.thumb(picture)).await
    }
}

impl Publishers for Watched<dyn Publishers> {
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>> {
        let real = self.real.publisher(network)?;
        Some(watched(real, &self.points))
    }
}

#[async_trait]
impl Publisher for Watched<dyn Publisher> {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        self.between("publisher.sign_in", self.real.sign_in(sign_in))
            .await
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        redirect: Option<&str>,
        drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        let call = self.real.begin(sign_in, redirect, drawn);
        self.between("publisher.begin", call).await
    }

    async fn finish(&self, sign_in: &SignIn, begun: &Begun, came: &CameBack) -> Result<SignedIn, CallError> {
        let call = self.real.finish(sign_in, begun, came);
        self.between("publisher.finish", call).await
    }

    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        self.between("publisher.revoke", self.real.revoke(session)).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        self.between("publisher.delete", self.real.delete(session, id))
            .await
    }

    async fn about(&self, session: &Session) -> Result<About, CallError> {
        self.between("publisher.about", self.real.about(session)).await
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        self.between("publisher.author", self.real.author(session)).await
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        self.between("publisher.refresh", self.real.refresh(session))
            .await
    }

    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp> {
        self.real.access_ends_at(tokens)
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        let call = async {
            match self.points.said_to("freeze") {
                Some(word) => Err(word.error()),
                None => self.real.freeze(session, outgoing).await,
            }
        };
        self.between("publisher.freeze", call).await
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        let call = async {
            match self.points.said_to("upload") {
                Some(word) => Err(word.error()),
                None => self.real.upload(session, frozen, part, pictures).await,
            }
        };
        self.between("publisher.upload", call).await
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let call = async {
            match self.points.said_to("post") {
                Some(word) => word.answer(),
                None => self.real.post(session, frozen, part, replies_to).await,
            }
        };
        self.between("publisher.post", call).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let call = self.real.look(session, frozen, part, replies_to);
        self.between("publisher.look", call).await
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let call = self.real.find(session, outgoing, since, known);
        self.between("publisher.find", call).await
    }

    fn paid(&self, account: &AccountId) -> Paid {
        self.real.paid(account)
    }

    fn meant_for(&self, frozen: &Frozen) -> Option<Visibility> {
        self.real.meant_for(frozen)
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.real.spent_until(account)
    }

    async fn at_url(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
        url: &str,
    ) -> Result<Named, CallError> {
        let call = self.real.at_url(session, frozen, part, replies_to, url);
        self.between("publisher.at_url", call).await
    }
}

/// The keyring, which the host speaks to besides the engine.
pub struct WatchedVault(Watched<dyn Vault>);

impl WatchedVault {
    pub fn new(real: Arc<dyn Vault>, points: &Arc<Points>) -> WatchedVault {
        WatchedVault(Watched {
            real,
            points: Arc::clone(points),
        })
    }
}

/// Entries have ids in their names, which differ from run to run.
fn kind(entry: &str) -> &str {
    if entry.starts_with("account.") {
        "tokens"
    } else if entry.ends_with(".key") {
        "key"
    } else {
        "mark"
    }
}

#[async_trait]
impl Vault for WatchedVault {
    async fn read(&self, entry: &str, attention: Attention) -> Result<Option<Secret>, VaultError> {
        let name = format!("vault.read {}", kind(entry));
        self.0.between(&name, self.0.real.read(entry, attention)).await
    }

    async fn write(&self, entry: &str, secret: &Secret, attention: Attention) -> Result<(), VaultError> {
        let name = format!("vault.write {}", kind(entry));
        self.0
            .between(&name, self.0.real.write(entry, secret, attention))
            .await
    }

    async fn remove(&self, entry: &str, attention: Attention) -> Result<(), VaultError> {
        let name = format!("vault.remove {}", kind(entry));
        self.0.between(&name, self.0.real.remove(entry, attention)).await
    }

    async fn unlock(&self) -> Result<(), VaultError> {
        self.0.between("vault.unlock", self.0.real.unlock()).await
    }

    async fn is_locked(&self) -> Result<bool, VaultError> {
        self.0.between("vault.is_locked", self.0.real.is_locked()).await
    }

    async fn unlocked(&self) {
        self.0.between("vault.unlocked", self.0.real.unlocked()).await;
    }
}

pub struct WatchedClock {
    pub real: Arc<dyn Clock>,
    pub points: Arc<Points>,
}

#[async_trait]
impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.real.now()
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        self.real.zone()
    }

    fn since_boot(&self) -> Duration {
        self.points.pass_at_once("clock.since_boot");
        self.real.since_boot()
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.points.pass("clock.sleep_until: before").await;
        self.real.sleep_until(at).await;
        self.points.pass("clock.sleep_until: after").await;
    }
}
