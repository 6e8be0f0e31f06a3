//! What the page may ask of its shell (`ui/src/bridge/bridge.ts`), and what happens to its windows. Each is passed on
//! in a line.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use tauri::ipc::Response;
use tauri::{DragDropEvent, Emitter, EventTarget, Manager, State, WebviewWindow, Window, WindowEvent};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::open_draft::{OpenDraft, is_mark};
use crate::outside::may_open;
use crate::page::{Reason, What};
use crate::session::{Refused, Session};
use crate::window::views;
use crate::words::Words;

/// What page and windows say to the backstage.
#[derive(Debug)]
pub enum Said {
    Painted(What),
    Mounted(What),
    Hide(What),
    KeepOpen(What, Reason, bool),
    Focused(What, bool),
    /// Asked whether the program may end: whether all that was typed is kept.
    MayLeave(What, bool),
    OpenMain,
    /// The one composer that there is, with this draft if one is named.
    OpenComposer(Option<String>),
}

pub struct Shell {
    session: Session,
    said: mpsc::UnboundedSender<Said>,
    picker: Semaphore,
    /// Where the web view keeps what the page remembers.
    pub kept_in: PathBuf,
    pub words: Words,
}

impl Shell {
    pub fn new(session: Session, kept_in: PathBuf, words: Words) -> (Shell, mpsc::UnboundedReceiver<Said>) {
        let (said, hears) = mpsc::unbounded_channel();
        let shell = Shell {
            session,
            said,
            picker: Semaphore::new(1),
            kept_in,
            words,
        };
        (shell, hears)
    }

    fn say(&self, said: Said) {
        // The backstage ends with the program only.
        let _ = self.said.send(said);
    }
}

fn what(window: &WebviewWindow) -> What {
    What::of_label(window.label()).unwrap_or_default()
}

/// What is no request of `api` is refused here, also where there is nothing at all.
#[tauri::command]
pub async fn ask(request: Option<Value>, shell: State<'_, Shell>) -> Result<Value, Refused> {
    let request = request.unwrap_or_default();
    let asked = request["do"].as_str().unwrap_or_default().to_owned();
    let answered = shell.session.ask(request).await;
    if let Ok(answer) = &answered {
        shell.words.follow(&asked, answer);
    }
    answered
}

#[tauri::command]
pub fn painted(window: WebviewWindow, shell: State<'_, Shell>) {
    shell.say(Said::Painted(what(&window)));
}

#[tauri::command]
pub fn mounted(window: WebviewWindow, shell: State<'_, Shell>) {
    shell.say(Said::Mounted(what(&window)));
}

#[tauri::command]
pub fn hide(window: WebviewWindow, shell: State<'_, Shell>) {
    shell.say(Said::Hide(what(&window)));
}

#[tauri::command]
pub fn keep_open(reason: Reason, on: bool, window: WebviewWindow, shell: State<'_, Shell>) {
    shell.say(Said::KeepOpen(what(&window), reason, on));
}

#[tauri::command]
pub fn may_leave(kept: bool, window: WebviewWindow, shell: State<'_, Shell>) {
    shell.say(Said::MayLeave(what(&window), kept));
}

#[tauri::command]
pub fn open_main(shell: State<'_, Shell>) {
    shell.say(Said::OpenMain);
}

#[tauri::command]
pub fn open_composer(draft: Option<String>, shell: State<'_, Shell>) {
    // It opens anyway: what is no id names no draft.
    shell.say(Said::OpenComposer(draft.filter(|id| is_mark(id))));
}

#[tauri::command]
pub fn open_draft(shell: State<'_, Shell>) -> Option<String> {
    OpenDraft::in_folder(&shell.kept_in).noted()
}

/// Without a disk to note it on, the list of drafts has it.
#[tauri::command]
pub fn keep_open_draft(mark: Option<String>, shell: State<'_, Shell>) {
    let _ = OpenDraft::in_folder(&shell.kept_in).note(mark.as_deref());
}

#[tauri::command]
pub async fn pick_pictures(window: WebviewWindow, shell: State<'_, Shell>) -> Result<Vec<String>, Refused> {
    // However often a page asks, one is open.
    let Ok(_open) = shell.picker.try_acquire() else {
        return Ok(Vec::new());
    };
    let (answer, picked) = oneshot::channel();
    let words = shell.words.clone();
    let parent = window.clone();
    // Without a main loop there is no picker either, and nothing was picked.
    let _ = window.run_on_main_thread(move || views::pick_pictures(&parent, &words, answer));
    Ok(picked.await.unwrap_or_default())
}

/// Its bytes; none: there is no picture.
#[tauri::command]
pub async fn pasted_picture(window: WebviewWindow) -> Response {
    let (answer, pasted) = oneshot::channel();
    let _ = window.run_on_main_thread(move || views::pasted_picture(answer));
    Response::new(pasted.await.unwrap_or_default())
}

#[tauri::command]
pub fn open_external(url: String, window: WebviewWindow) {
    if may_open(&url) {
        let parent = window.clone();
        let _ = window.run_on_main_thread(move || views::open_external(&parent, &url));
    }
}

/// The bridge's `Drop`.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Dragged {
    Over,
    Left,
    Dropped { paths: Vec<String> },
}

pub fn on_window_event(window: &Window, event: &WindowEvent) {
    let Some(what) = What::of_label(window.label()) else {
        return;
    };
    let shell = window.state::<Shell>();
    match event {
        WindowEvent::Focused(on) => {
            // Without being closed first, it may still be killed, or the session end.
            if what == What::Main && !on {
                views::remember_main(window.app_handle());
            }
            shell.say(Said::Focused(what, *on));
        }
        WindowEvent::CloseRequested { api, .. } => {
            // It is kept warm, and what the page has not saved yet it still saves.
            api.prevent_close();
            shell.say(Said::Hide(what));
        }
        WindowEvent::DragDrop(event) => {
            let dragged = match event {
                DragDropEvent::Enter { .. } => Dragged::Over,
                DragDropEvent::Drop { paths, .. } => Dragged::Dropped {
                    paths: paths
                        .iter()
                        .filter_map(|path| path.to_str().map(str::to_owned))
                        .collect(),
                },
                DragDropEvent::Leave => Dragged::Left,
                _ => return,
            };
            // A page that is not there yet takes no pictures.
            let _ = window.emit_to(EventTarget::webview_window(what.label()), "drop", dragged);
        }
        _ => {}
    }
}
