//! What the machine and the session tell of themselves: logind's signals on the system bus (RULES.md 7).
//!
//! One connection that only listens. Without a system bus, without logind, or when the bus goes away, nothing more is
//! heard, and the host goes on with its timer alone: nothing is tried again and nothing is polled.

use std::collections::HashMap;
use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt};
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

const SERVICE: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const SESSIONS_PATH: &str = "/org/freedesktop/login1/session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The machine is about to sleep.
    Sleeps,
    /// It is awake again.
    Wakes,
    /// A person has unlocked their session. A keyring that is unlocked with it (PAM) tells nobody by itself.
    Unlocked,
}

/// Where the signs come from: the system's bus, or a test. One that has ended may be asked again and ends again.
pub type Signs = Pin<Box<dyn Stream<Item = Sign> + Send>>;

/// The signs of this machine. The bus is asked for at the first look, not before.
pub fn signs() -> Signs {
    let listen = |ears: Option<Ears>| async {
        let mut ears = match ears {
            Some(ears) => ears,
            None => Ears::open()
                .await
                // Common, in a container for one: no reason to complain.
                .inspect_err(|error| tracing::debug!(%error, "nothing tells when the machine sleeps"))
                .ok()?,
        };
        let sign = ears.next_sign().await?;
        Some((sign, Some(ears)))
    };
    // Looked at again after its end, it ends again.
    Box::pin(stream::unfold(None, listen).fuse())
}

struct Ears {
    bus: Connection,
    signals: Pin<Box<dyn Stream<Item = zbus::Result<Message>> + Send>>,
}

impl Ears {
    async fn open() -> zbus::Result<Ears> {
        let bus = Connection::system().await?;
        let sleep = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(SERVICE)?
            .interface(MANAGER)?
            .member("PrepareForSleep")?
            .build();
        // A desktop's own lock screen says that it is gone by the hint; `loginctl unlock-session` by the signal.
        let unlock = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(SERVICE)?
            .interface(SESSION)?
            .member("Unlock")?
            .path_namespace(SESSIONS_PATH)?
            .build();
        let hint = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(SERVICE)?
            .interface(PROPERTIES)?
            .member("PropertiesChanged")?
            .path_namespace(SESSIONS_PATH)?
            .arg(0, SESSION)?
            .build();
        let unlocks = stream::select(
            MessageStream::for_match_rule(unlock, &bus, None).await?,
            MessageStream::for_match_rule(hint, &bus, None).await?,
        );
        let signals = stream::select(MessageStream::for_match_rule(sleep, &bus, None).await?, unlocks);
        Ok(Ears {
            bus,
            signals: Box::pin(signals),
        })
    }

    /// `None`: the bus is gone.
    async fn next_sign(&mut self) -> Option<Sign> {
        loop {
            let message = self.signals.next().await?.ok()?;
            if let Some(sign) = read(&message)
                && is_from_logind(&self.bus, &message).await
            {
                return Some(sign);
            }
        }
    }
}

/// A signal that is sent to us by name reaches us whatever we asked for, and any program may send one.
async fn is_from_logind(bus: &Connection, message: &Message) -> bool {
    let header = message.header();
    let Some(sender) = header.sender() else {
        return false;
    };
    let owner = bus.call_method(
        Some("org.freedesktop.DBus"),
        "/org/freedesktop/DBus",
        Some("org.freedesktop.DBus"),
        "GetNameOwner",
        &(SERVICE,),
    );
    owner
        .await
        .ok()
        .and_then(|answer| answer.body().deserialize::<String>().ok())
        .is_some_and(|owner| owner == sender.as_str())
}

fn read(signal: &Message) -> Option<Sign> {
    let header = signal.header();
    let body = signal.body();
    match header.member()?.as_str() {
        "PrepareForSleep" => match body.deserialize().ok()? {
            true => Some(Sign::Sleeps),
            false => Some(Sign::Wakes),
        },
        "Unlock" => Some(Sign::Unlocked),
        "PropertiesChanged" => {
            let (_, changed, _): (&str, HashMap<&str, Value<'_>>, Vec<&str>) = body.deserialize().ok()?;
            (changed.get("LockedHint") == Some(&Value::Bool(false))).then_some(Sign::Unlocked)
        }
        _ => None,
    }
}
