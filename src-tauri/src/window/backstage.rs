//! The thread behind the windows: it has the session, and is told what page and windows say. Nothing here waits for the
//! web view, and the web view waits for nothing here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use kossori_api::Code;
use serde::Serialize;
use tauri::{AppHandle, Emitter, EventTarget, Manager};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::page::{Connection, What};
use crate::session::{Asked, House, Told, live};
use crate::stay::{Act, Stay};
use crate::window::commands::{Said, Shell};
use crate::window::views;

pub fn begin(
    app: AppHandle,
    house: House,
    asked: mpsc::UnboundedReceiver<Asked>,
    said: mpsc::UnboundedReceiver<Said>,
    what: What,
) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // The page loads while the host is looked for.
    views::make(&app, what)?;
    std::thread::Builder::new()
        .name("backstage".to_owned())
        .spawn(move || {
            let (tell, told) = mpsc::unbounded_channel();
            runtime.spawn(live(house, asked, move |what| drop(tell.send(what))));
            runtime.block_on(Backstage::new(app, what).lives(told, said));
        })?;
    Ok(())
}

struct Backstage {
    app: AppHandle,
    begun: Instant,
    stay: Stay,
    /// Those whose page is painted: only they are ever shown.
    painted: HashSet<What>,
    /// Those whose page is whole, and listens.
    mounted: HashSet<What>,
    /// What is shown as soon as its page is painted, and where the person clicked.
    wanted: HashMap<What, Option<(i32, i32)>>,
    /// The draft that the composer is to go on with once it is painted.
    draft: Option<String>,
    connection: Connection,
    complained: bool,
    /// The person has quit.
    left: bool,
}

impl Backstage {
    fn new(app: AppHandle, what: What) -> Backstage {
        Backstage {
            app,
            begun: Instant::now(),
            stay: Stay::new(Duration::ZERO),
            painted: HashSet::new(),
            mounted: HashSet::new(),
            wanted: HashMap::from([(what, None)]),
            draft: None,
            connection: Connection::Starting,
            complained: false,
            left: false,
        }
    }

    async fn lives(
        mut self,
        mut told: mpsc::UnboundedReceiver<Told>,
        mut said: mpsc::UnboundedReceiver<Said>,
    ) {
        loop {
            let (due, begun) = (self.stay.due(), self.begun);
            let then = async move {
                match due {
                    Some((at, act)) => {
                        sleep_until(begun + at).await;
                        act
                    }
                    None => std::future::pending().await,
                }
            };
            // In this order: a click that is there already keeps a program that was about to end.
            tokio::select! {
                biased;
                Some(what) = told.recv() => self.told(what),
                Some(what) = said.recv() => self.said(what),
                act = then => self.does(act),
            }
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn said(&mut self, said: Said) {
        let now = self.now();
        match said {
            Said::Painted(what) => {
                self.stay.begins_anew(what, now);
                self.painted.insert(what);
                // One that is loaded anew does not listen yet.
                self.mounted.remove(&what);
                if let Some(at) = self.wanted.remove(&what) {
                    self.shows(what, at);
                }
            }
            Said::Mounted(what) => {
                self.mounted.insert(what);
                // What was told before the page listened is lost.
                self.emit(what, "connection", self.connection);
                if self.left {
                    self.emit(what, "leaving", ());
                }
                if what == What::Compose {
                    self.open_draft();
                }
            }
            Said::Hide(what) => self.hides(what),
            Said::KeepOpen(what, reason, on) => self.stay.keep_open(what, reason, on, now),
            Said::MayLeave(what, kept) => self.stay.may_leave(what, kept),
            Said::Focused(what, on) => self.stay.focused(what, on, now),
            Said::OpenMain => self.show(What::Main, None),
            Said::OpenComposer(draft) => {
                self.show(What::Compose, None);
                self.draft = draft;
                if self.mounted.contains(&What::Compose) {
                    self.open_draft();
                }
            }
        }
    }

    fn open_draft(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.emit(What::Compose, "draft", draft);
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Connection(state) => self.connected(state),
            Told::Gone(problem) => {
                self.stay.gone(true);
                self.stay
                    .outdated(self.left || problem.code == Code::UpdatedStartAgain);
                if !self.complained {
                    self.complained = true;
                    self.app.state::<Shell>().words.complain(&problem);
                }
                self.connected(Connection::Gone);
                if self.left && self.stay.has_unsaved() {
                    // The person has just quit, and this could not be saved.
                    self.shows(What::Compose, None);
                }
            }
            Told::Event(event) => self.emit_to_all("host", &event),
            Told::Show { what, at } => self.show(what, at),
            Told::OtherWindow if self.stay.has_unsaved() => {
                self.stay.gone(true);
                self.connected(Connection::Gone);
            }
            Told::OtherWindow => self.app.exit(0),
            Told::Hide => {
                // What is not saved yet the page still saves: it goes on living.
                for what in What::ALL {
                    self.wanted.remove(&what);
                    self.hides(what);
                }
            }
            Told::Leaving => {
                self.left = true;
                // What a page said before knows nothing of the keys that are on their way to it.
                for what in &self.painted {
                    self.emit(*what, "leaving", ());
                }
                self.stay.leaves(self.painted.iter().copied(), self.now());
            }
        }
    }

    fn does(&mut self, act: Act) {
        match act {
            Act::HideComposer => self.hides(What::Compose),
            Act::Leave => {
                let app = self.app.clone();
                // Before the end, which goes the same way.
                let _ = self.app.run_on_main_thread(move || views::remember_main(&app));
                self.app.exit(0);
            }
        }
    }

    fn connected(&mut self, state: Connection) {
        if state == Connection::Connected {
            self.stay.outdated(false);
            self.stay.gone(false);
        }
        self.connection = state;
        self.emit_to_all("connection", &state);
    }

    fn show(&mut self, what: What, at: Option<(i32, i32)>) {
        if self.painted.contains(&what) {
            self.shows(what, at);
            self.emit(what, "show", what);
            return;
        }
        self.wanted.insert(what, at);
        if views::make(&self.app, what).is_err() {
            self.wanted.remove(&what);
        }
    }

    fn shows(&mut self, what: What, at: Option<(i32, i32)>) {
        if views::show(&self.app, what, at).is_ok() {
            self.stay.shown(what);
        }
    }

    fn hides(&mut self, what: What) {
        views::hide(&self.app, what);
        self.stay.hidden(what, self.now());
    }

    fn emit<T: Serialize + Clone>(&self, what: What, name: &str, payload: T) {
        // A window that is not there hears nothing.
        let _ = self
            .app
            .emit_to(EventTarget::webview_window(what.label()), name, payload);
    }

    fn emit_to_all<T: Serialize + Clone>(&self, name: &str, payload: &T) {
        for what in What::ALL {
            self.emit(what, name, payload.clone());
        }
    }
}
