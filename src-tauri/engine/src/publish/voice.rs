//! Calls that publish nothing: the record is frozen, its pictures are uploaded. An attempt refreshes its tokens once.

use std::sync::Arc;

use kossori_core::delivery::{State, Step};

use super::Stop;
use super::outgoing::pictures_for;
use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Account, Delivery, Event, FrozenPost, ServerRefusal};
use crate::ports::{CallError, Frozen, Outgoing, OutgoingPicture, Publisher, Session};
use crate::tokens::Mute;

/// What one attempt speaks with.
pub(super) struct Voice {
    pub publisher: Arc<dyn Publisher>,
    pub session: Session,
    /// The attempt's one refresh is spent.
    pub refreshed: bool,
}

impl Engine {
    /// The record as it will go, unless it is frozen for good already.
    pub(super) async fn freeze(
        &self,
        delivery: &mut Delivery,
        voice: &mut Voice,
        outgoing: &Outgoing,
        account: &Account,
    ) -> Result<(), Stop> {
        let for_good = delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good);
        if for_good && !self.has(Bug::KeyMadeAnew) {
            return Ok(());
        }
        let record = self.once_refreshed(voice, Errand::Freeze(outgoing)).await?;
        delivery.frozen = Some(FrozenPost {
            record,
            at: outgoing.at,
            author_id: account.author_id.clone(),
            for_good: false,
            first_try: None,
        });
        Ok(())
    }

    /// Uploads what the next post call needs, then `claimed` → `staged` with the record as it will be sent.
    pub(super) async fn upload(
        &self,
        delivery: &mut Delivery,
        voice: &mut Voice,
        outgoing: &Outgoing,
        account: &Account,
    ) -> Result<(), Stop> {
        let part = delivery.parts_sent;
        let pictures = pictures_for(outgoing, part, account.network.thread());
        if let Some(frozen) = &mut delivery.frozen {
            let record = frozen.record.clone();
            // Bytes already on the server are uploaded again before a resend too: unused ones are swept there.
            if !pictures.is_empty() {
                let errand = Errand::Upload {
                    record: &record,
                    part,
                    pictures: &pictures,
                };
                frozen.record = self.once_refreshed(voice, errand).await?;
            }
        }
        if delivery.state == State::Claimed {
            self.move_on(delivery, Step::Stage, Event::Staged, None, Vec::new())
                .await?;
        }
        Ok(())
    }

    /// The attempt's one refresh: a new token set, and the server's word on whom it speaks for.
    pub(super) async fn refresh_voice(&self, voice: &mut Voice) -> Result<(), Mute> {
        voice.refreshed = true;
        let fresh = self.refresh(&voice.session).await?;
        self.confirm_author(&fresh).await?;
        voice.session = fresh;
        Ok(())
    }

    /// A call that publishes nothing, with the attempt's one refresh if the token is not taken.
    async fn once_refreshed(&self, voice: &mut Voice, errand: Errand<'_>) -> Result<Frozen, Stop> {
        let first = errand.run(voice).await;
        let outcome = match first {
            Err(CallError::Token { .. }) if !voice.refreshed => {
                if let Err(mute) = self.refresh_voice(voice).await {
                    return Err(Stop::PutBack(self.put_of_mute(&mute)));
                }
                errand.run(voice).await
            }
            other => other,
        };
        if let Err(error @ CallError::Refused { .. }) = &outcome {
            // What waits behind it is not put to the same server at once.
            self.note_call_error(&voice.session.account, error).await;
        }
        outcome.map_err(|error| match error {
            CallError::Refused { code, words, .. } => Stop::Refused(ServerRefusal { code, words }),
            CallError::Unsupported(what) => Stop::Refused(ServerRefusal {
                code: "unsupported".into(),
                words: what.to_owned(),
            }),
            CallError::BadFrozen => Stop::Refused(ServerRefusal {
                code: "bad_record".into(),
                words: String::new(),
            }),
            other => Stop::PutBack(self.put_of_mute(&Mute::Call(other))),
        })
    }
}

/// A call that publishes nothing and answers the record as it stands after it.
enum Errand<'a> {
    Freeze(&'a Outgoing),
    Upload {
        record: &'a Frozen,
        part: u32,
        pictures: &'a [OutgoingPicture],
    },
}

impl Errand<'_> {
    async fn run(&self, voice: &Voice) -> Result<Frozen, CallError> {
        let (publisher, session) = (&voice.publisher, &voice.session);
        match self {
            Errand::Freeze(outgoing) => publisher.freeze(session, outgoing).await,
            Errand::Upload {
                record,
                part,
                pictures,
            } => publisher.upload(session, record, *part, pictures).await,
        }
    }
}
