//! The host's side of one connection.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, watch};
use tokio::time::timeout;

use crate::frame::{Body, FrameError, FrameReader, encode};
use crate::handler::{Answer, ConnectionInfo, Handler, RawRequest};
use crate::hello::{HelloClient, HelloHost, Meeting, Refusal, meet};
use crate::limits::{
    FRAME_LIMIT, HELLO_LIMIT, IN_HAND, LAST_WORD_LIMIT, MAX_FRAME, MAX_HELLO, PENALTY, SMALL_FRAME, STRIKES,
    WRITE_LIMIT,
};
use crate::places::Place;
use crate::wire::{AnswerFrame, ClientHello, ErrorFrame, FromClient, HostHello};

/// What all connections of a host have in common.
pub(crate) struct Common<H> {
    pub hello: HelloHost,
    pub handler: H,
    pub events: broadcast::Sender<Arc<Body>>,
    pub big_frames: Arc<Semaphore>,
    pub in_hand: Arc<Semaphore>,
    /// Changes when the host ends.
    pub stopping: watch::Receiver<bool>,
}

impl<H> Common<H> {
    async fn stopping(&self) {
        // A sender that is gone stops us too.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
    }
}

/// Why a connection ended. None of these names what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Left,
    Refused,
    /// What came was not ours.
    Rubbish,
    /// No hello, half a frame, or an answer that nobody takes.
    Stalled,
    PushedOut,
    Stopping,
}

impl From<FrameError> for Ending {
    fn from(error: FrameError) -> Ending {
        match error {
            FrameError::TooLong { .. } | FrameError::Empty => Ending::Rubbish,
            FrameError::Truncated | FrameError::Io(_) => Ending::Left,
        }
    }
}

/// Tells the handler that a client has gone, however it went.
struct Guest<H: Handler> {
    common: Arc<Common<H>>,
    connection: u64,
    hello: Arc<HelloClient>,
}

impl<H: Handler> Drop for Guest<H> {
    fn drop(&mut self) {
        self.common.handler.left(self.connection);
    }
}

/// One connection from its hello to its end.
pub(crate) async fn attend<H: Handler>(stream: UnixStream, place: Place, common: Arc<Common<H>>) {
    let place = Arc::new(place);
    let (reader, mut writer) = stream.into_split();
    let mut reader = FrameReader::new(reader);
    let met = tokio::select! {
        biased;
        () = place.leave() => Err(Ending::PushedOut),
        () = common.stopping() => Err(Ending::Stopping),
        met = say_hello(&mut reader, &mut writer, &place, &common) => met,
    };
    let ending = match met {
        Ok(guest) => talk(reader, writer, &guest, &place).await,
        Err(ending) => {
            drop((reader, writer));
            ending
        }
    };
    tracing::debug!(
        connection = place.id(),
        pid = place.pid(),
        ?ending,
        "connection ended"
    );
    if ending == Ending::Rubbish
        && let Some(place) = Arc::into_inner(place)
        && let Some(penalty) = place.punish()
    {
        tokio::select! {
            () = tokio::time::sleep(PENALTY) => {}
            () = common.stopping() => {}
        }
        drop(penalty);
    }
}

async fn say_hello<H: Handler>(
    reader: &mut FrameReader<OwnedReadHalf>,
    writer: &mut OwnedWriteHalf,
    place: &Place,
    common: &Arc<Common<H>>,
) -> Result<Guest<H>, Ending> {
    let frame = match timeout(HELLO_LIMIT, reader.frame(MAX_HELLO)).await {
        Err(_) => return Err(Ending::Stalled),
        Ok(Ok(None)) => return Err(Ending::Left),
        Ok(Ok(Some(frame))) => serde_json::from_slice::<ClientHello>(&frame).map_err(|_| Ending::Rubbish),
        Ok(Err(error)) => Err(error.into()),
    };
    let hello = match frame {
        Ok(ClientHello { hello }) => hello,
        Err(ending) => {
            if ending == Ending::Rubbish {
                refuse(writer, Refusal::new(Refusal::BAD_FRAME)).await;
            }
            return Err(ending);
        }
    };
    let meeting = meet(&common.hello, &hello);
    let refusal = meeting
        .refusal()
        .map_or_else(|| common.handler.greet(&hello, place.id()), Err);
    if let Err(refusal) = refusal {
        refuse(writer, refusal).await;
        if meeting == Meeting::Retire {
            common.handler.retire();
        }
        return Err(Ending::Refused);
    }
    let guest = Guest {
        common: common.clone(),
        connection: place.id(),
        hello: Arc::new(hello),
    };
    place.greeted();
    let answer = encode(&HostHello::Hello(common.hello.clone())).map_err(|_| Ending::Refused)?;
    write(writer, &answer).await?;
    Ok(guest)
}

async fn refuse(writer: &mut OwnedWriteHalf, refusal: Refusal) {
    if let Ok(frame) = encode(&HostHello::Refuse(refusal)) {
        // It is closed next, whether it listened or not.
        let _ = timeout(LAST_WORD_LIMIT, writer.write_all(&frame)).await;
    }
}

async fn write(writer: &mut OwnedWriteHalf, frame: &[u8]) -> Result<(), Ending> {
    let written: Result<io::Result<()>, _> = timeout(WRITE_LIMIT, writer.write_all(frame)).await;
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Ending::Left),
        Err(_) => Err(Ending::Stalled),
    }
}

/// Something to write. What belongs to a request carries its seat, which is free again once it is written.
enum Out {
    Answer(Body, OwnedSemaphorePermit),
    Subscribed(Body, broadcast::Receiver<Arc<Body>>, OwnedSemaphorePermit),
    Last(Body),
}

async fn talk<H: Handler>(
    reader: FrameReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    guest: &Guest<H>,
    place: &Arc<Place>,
) -> Ending {
    let common = &guest.common;
    let seats = Arc::new(Semaphore::new(IN_HAND));
    let ending = {
        // Every answer has a seat, so with one more for the last word there is always room.
        let (out, outgoing) = mpsc::channel(IN_HAND + 1);
        let (living, alive) = watch::channel(());
        let info = ConnectionInfo {
            id: place.id(),
            pid: place.pid(),
            hello: guest.hello.clone(),
            alive,
        };
        let mut writing = pin!(write_out(writer, outgoing));
        let reading = Reading {
            reader,
            seats: seats.clone(),
            out: out.clone(),
            info,
            place,
            common,
        };
        let (ending, still_writing) = tokio::select! {
            biased;
            () = place.leave() => (Ending::PushedOut, true),
            () = common.stopping() => (Ending::Stopping, true),
            ending = &mut writing => (ending, false),
            ending = reading.requests() => (ending, true),
        };
        drop(living);
        match ending {
            _ if !still_writing => {}
            // It may have ended its own half only: answers in hand are still written.
            Ending::Left | Ending::Stopping => {
                tokio::select! {
                    _ = seats.acquire_many(IN_HAND as u32) => {}
                    _ = &mut writing => {}
                }
            }
            Ending::Rubbish => {
                if let Ok(frame) = encode(&HostHello::Refuse(Refusal::new(Refusal::BAD_FRAME)))
                    && out.try_send(Out::Last(frame)).is_ok()
                {
                    let _ = timeout(LAST_WORD_LIMIT, writing).await;
                }
            }
            Ending::Refused | Ending::Stalled | Ending::PushedOut => {}
        }
        ending
    };
    // The socket is closed, but the place is taken until the requests are done: else a client that comes and goes
    // could have any number of them in hand.
    let _ = seats.acquire_many(IN_HAND as u32).await;
    ending
}

async fn write_out(mut writer: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Out>) -> Ending {
    let mut events: Option<broadcast::Receiver<Arc<Body>>> = None;
    loop {
        let event = async {
            match &mut events {
                Some(events) => events.recv().await,
                None => std::future::pending().await,
            }
        };
        let written = tokio::select! {
            biased;
            out = outgoing.recv() => match out {
                None => return Ending::Left,
                Some(Out::Answer(frame, _seat)) => write(&mut writer, &frame).await,
                Some(Out::Subscribed(frame, receiver, _seat)) => {
                    events = Some(receiver);
                    write(&mut writer, &frame).await
                }
                Some(Out::Last(frame)) => {
                    let _ = write(&mut writer, &frame).await;
                    return Ending::Rubbish;
                }
            },
            event = event => match event {
                Ok(frame) => write(&mut writer, &frame).await,
                // A reader this slow would have to be told what it missed: it starts again instead.
                Err(broadcast::error::RecvError::Lagged(_)) => return Ending::Stalled,
                Err(broadcast::error::RecvError::Closed) => return Ending::Stopping,
            },
        };
        if let Err(ending) = written {
            return ending;
        }
    }
}

struct Reading<'a, H> {
    reader: FrameReader<OwnedReadHalf>,
    seats: Arc<Semaphore>,
    out: mpsc::Sender<Out>,
    info: ConnectionInfo,
    place: &'a Arc<Place>,
    common: &'a Arc<Common<H>>,
}

impl<H: Handler> Reading<'_, H> {
    async fn requests(mut self) -> Ending {
        let strikes = Arc::new(AtomicU32::new(0));
        loop {
            match self.request(&strikes).await {
                Ok(()) => {}
                Err(ending) => return ending,
            }
            // What is already in the kernel's buffer never makes others wait for more than one frame of it.
            tokio::task::yield_now().await;
        }
    }

    async fn request(&mut self, strikes: &Arc<AtomicU32>) -> Result<(), Ending> {
        let seat = self
            .seats
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Ending::Stopping)?;
        let length = self.reader.length(MAX_FRAME).await?.ok_or(Ending::Left)?;
        if strikes.load(Ordering::Relaxed) >= STRIKES {
            return Err(Ending::Rubbish);
        }
        // The process's own first, so that its other frames do not queue up for everybody's.
        let big = if length > SMALL_FRAME {
            let own = self
                .place
                .big_frame
                .clone()
                .acquire_owned()
                .await
                .map_err(|_| Ending::Stopping)?;
            let all = self
                .common
                .big_frames
                .clone()
                .acquire_owned()
                .await
                .map_err(|_| Ending::Stopping)?;
            Some((own, all))
        } else {
            None
        };
        let body = timeout(FRAME_LIMIT, self.reader.body(length))
            .await
            .map_err(|_| Ending::Stalled)??;
        // serde would take a list for a struct's fields in their order.
        if body.first() != Some(&b'{') {
            return Err(Ending::Rubbish);
        }
        let frame: FromClient<'_> = serde_json::from_slice(&body).map_err(|_| Ending::Rubbish)?;
        let id = frame.id;
        match frame.request {
            Some(request) => {
                let start = request.get().as_ptr() as usize - body.as_ptr() as usize;
                let request = start..start + request.get().len();
                let in_hand = self
                    .common
                    .in_hand
                    .clone()
                    .acquire_owned()
                    .await
                    .map_err(|_| Ending::Stopping)?;
                let owed = Owed {
                    id,
                    out: self.out.clone(),
                    seat: Some(seat),
                };
                self.place.request_began();
                tokio::spawn(answer(
                    RawRequest { body, request },
                    self.info.clone(),
                    owed,
                    self.common.clone(),
                    Arc::downgrade(self.place),
                    strikes.clone(),
                    (big, in_hand),
                ));
            }
            None if frame.subscribe => {
                self.place.subscribed();
                let frame = encode(&AnswerFrame {
                    id,
                    answer: RawValue::NULL,
                })
                .map_err(|_| Ending::Rubbish)?;
                let events = self.common.events.subscribe();
                let _ = self.out.try_send(Out::Subscribed(frame, events, seat));
                self.common.handler.subscribed(self.info.id);
            }
            None => return Err(Ending::Rubbish),
        }
        Ok(())
    }
}

async fn answer<H: Handler, P: Send>(
    request: RawRequest,
    info: ConnectionInfo,
    owed: Owed,
    common: Arc<Common<H>>,
    place: std::sync::Weak<Place>,
    strikes: Arc<AtomicU32>,
    passes: P,
) {
    let answer = common.handler.call(request, info).await;
    drop(passes);
    if matches!(answer, Answer::NotUnderstood) {
        strikes.fetch_add(1, Ordering::Relaxed);
    }
    if let Some(place) = place.upgrade() {
        place.request_ended();
    }
    owed.pay(answer);
}

/// An answer that is owed: a request that panics is still answered.
struct Owed {
    id: u64,
    out: mpsc::Sender<Out>,
    seat: Option<OwnedSemaphorePermit>,
}

impl Owed {
    fn pay(mut self, answer: Answer) {
        let id = self.id;
        let frame = match answer {
            Answer::Given(answer) => encode(&AnswerFrame { id, answer: &answer }),
            Answer::Error(error) => encode(&ErrorFrame { id, error: &*error }),
            Answer::NotUnderstood => encode(&ErrorFrame {
                id,
                error: &Refusal::new("bad_request"),
            }),
        };
        let frame = frame.or_else(|_| {
            encode(&ErrorFrame {
                id,
                error: &Refusal::new("answer_too_long"),
            })
        });
        if let (Ok(frame), Some(seat)) = (frame, self.seat.take()) {
            // Refused only when the connection has gone.
            let _ = self.out.try_send(Out::Answer(frame, seat));
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take()
            && let Ok(frame) = encode(&ErrorFrame {
                id: self.id,
                error: &Refusal::new("internal"),
            })
        {
            let _ = self.out.try_send(Out::Answer(frame, seat));
        }
    }
}
