//! The resident from its start to its end: it comes to its folder, hosts it, keeps the tray's face true, and does what
//! is clicked there.

use std::path::PathBuf;
use std::sync::Arc;

use kossori_api::{Code, Preferences, Problem, Reply, Request, Status};
use kossori_host::{
    Arrived, Attention, Clock as _, Host, Options, Role, Settings, Storage, SystemClock, What, arrive,
};
use kossori_messages::Language;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Notify, mpsc, watch};

use crate::digest;
use crate::keys;
use crate::renewal::Renewal;
use crate::tray::{Action, Face, Port, Seen, Words};

/// Ends well when another resident has the folder, when told to (SIGTERM, the menu, a newer program), and when its own
/// program was replaced. What keeps its folder shut stands in the tray, and ends nothing; a folder that it cannot take at
/// all is an error.
pub async fn live(
    data_dir: PathBuf,
    language: Language,
    mut port: Port,
    renewal: Arc<Renewal>,
) -> Result<(), Problem> {
    let mut stop = Stop::listen()?;
    let options = Options {
        data_dir,
        role: Role::Resident,
        storage: Storage::Disk,
        settings: Settings::default(),
        attention: Attention::Unattended,
    };
    let arrived = tokio::select! {
        arrived = arrive(&options) => arrived?,
        () = stop.told() => return Ok(()),
    };
    let host = match arrived {
        Arrived::Host(host) => host,
        Arrived::Another => return Ok(()),
    };
    // Before the keyring is asked: it may take its time, or be locked.
    port.faces
        .send_replace(Some(Face::of(&words(language), &Seen::Starting, false)));
    // What the person prefers, while the folder tells.
    let (preferred, prefers) = watch::channel(None);
    // A person presses slowly; it never grows.
    let (heard, mut pressed) = mpsc::unbounded_channel();

    let look = Notify::new();
    let served = Arc::clone(&host);
    let mut serving = tokio::spawn(async move { served.serve_and_open().await });
    let ended = {
        // Gone before the host is closed: a look that stopped half-way holds what closing waits for.
        let keeping = keep_face(&host, language, &port.faces, &preferred, &look, &renewal);
        let telling = digest::keep(&host, language, prefers);
        let hearing = keys::keep(&host, preferred.subscribe(), heard);
        tokio::pin!(keeping, telling, hearing);
        loop {
            tokio::select! {
                ended = &mut serving => break ended,
                () = stop.told() => {
                    renewal.never();
                    leave(&host);
                }
                () = renewal.due() => host.retire(),
                Some(action) = port.actions.recv() => {
                    if action == Action::Quit {
                        renewal.never();
                    }
                    act(&host, action, &look);
                }
                Some(action) = pressed.recv() => act(&host, action, &look),
                Ok(()) = port.shown.changed() => host.set_tray(*port.shown.borrow_and_update()),
                () = &mut keeping => {}
                () = &mut telling => {}
                () = &mut hearing => {}
            }
        }
    };
    let closing = host.close();
    tokio::pin!(closing);
    loop {
        tokio::select! {
            () = &mut closing => break,
            () = stop.told() => renewal.never(),
        }
    }
    ended.unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
}

fn leave(host: &Arc<Host>) {
    let host = Arc::clone(host);
    tokio::spawn(async move { host.leave().await });
}

/// A refusal shows in the tray's face, if anywhere: nothing pops up.
fn act(host: &Arc<Host>, action: Action, look: &Notify) {
    let request = match action {
        Action::Write(at) => return host.show(What::Compose, at),
        Action::Open => return host.show(What::Main, None),
        Action::Quit => return leave(host),
        Action::Look => return look.notify_one(),
        Action::Break(minutes) => Request::BreakNow {
            minutes,
            accounts: Vec::new(),
            practice_only: false,
        },
        Action::EndBreak => Request::BreakEnd,
        Action::Pause(pause) => Request::Pause {
            duration: pause.duration(),
            until: None,
        },
        Action::Hide => Request::Hide,
        Action::Resume => Request::Resume,
        // A person's click: the system may ask for the keyring's password.
        Action::Unlock => Request::Unlock,
    };
    let host = Arc::clone(host);
    tokio::spawn(async move { drop(host.ask(request).await) });
}

/// Looks whenever something has been told or the menu opens, never by itself. Does not end.
async fn keep_face(
    host: &Arc<Host>,
    environment: Language,
    faces: &watch::Sender<Option<Face>>,
    preferred: &watch::Sender<Option<Preferences>>,
    look: &Notify,
    renewal: &Renewal,
) {
    let mut events = host.events();
    let mut language = environment;
    // A new program is there, and takes over once nobody waits for an answer.
    let mut waits = false;
    loop {
        // A person who opens the menu is about to choose from it: that begins no renewal, which would take it away.
        let mut may_renew = true;
        tokio::select! {
            event = events.recv() => {
                if matches!(event, Err(RecvError::Closed)) {
                    return std::future::pending().await;
                }
            }
            () = look.notified() => may_renew = false,
            () = host.nothing_in_hand(), if waits => {}
        }
        // A burst of them is one look.
        while !matches!(events.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {
            may_renew = true;
        }
        let seen = match ask::<Status>(host, Request::Status).await {
            Ok(status) => Seen::Open(Box::new(status)),
            Err(problem) => Seen::Shut(problem),
        };
        let preferences = ask::<Preferences>(host, Request::PreferencesShow).await.ok();
        // A folder that is shut says nothing, and the last word stands.
        if let Some(preferences) = &preferences {
            language = environment.chosen(preferences.language);
        }
        set(preferred, preferences);
        let in_vain = host.window_did_not_open();
        set(faces, Some(Face::of(&words(language), &seen, in_vain)));
        let status = match &seen {
            Seen::Open(status) => Some(&**status),
            Seen::Starting | Seen::Shut(_) => None,
        };
        if may_renew {
            waits = renewal.look(status, SystemClock.now(), !host.has_nothing_in_hand());
        }
    }
}

/// Told only if it differs.
fn set<T: PartialEq>(told: &watch::Sender<T>, new: T) {
    told.send_if_modified(|known| {
        let differs = *known != new;
        *known = new;
        differs
    });
}

pub(crate) async fn ask<T: serde::de::DeserializeOwned>(host: &Host, request: Request) -> Result<T, Problem> {
    match host.ask(request).await {
        Reply::Done(value) => serde_json::from_value(value).map_err(|_| Problem::new(Code::Internal)),
        Reply::Refused(problem) => Err(problem),
    }
}

fn words(language: Language) -> Words {
    let today = SystemClock.now().to_zoned_datetime(SystemClock.zone()).date();
    Words {
        language,
        today: today.to_string(),
    }
}

/// Ctrl-C and SIGTERM.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> Result<Stop, Problem> {
        let listen = |kind| signal(kind).map_err(|_| Problem::new(Code::Internal));
        Ok(Stop {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
