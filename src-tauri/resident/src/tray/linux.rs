//! The tray on Linux: a StatusNotifierItem on the session bus.
//!
//! Where nobody shows such items (plain GNOME) the resident goes on without an icon, and its status says so: it is there
//! by itself once somebody does, and after a restart of the panel. Without a session bus there is none.

use std::time::Duration;

use kossori_api::{Code, Problem};
use ksni::menu::{StandardItem, SubMenu};
use ksni::{Category, Handle, Icon, MenuItem, OfflineReason, ToolTip, TrayMethods};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::icons::{Panel, pixmaps};
use super::{Action, Face, Line, Port, Tray, Wires, port};

/// A session that is only starting may have a panel that does not answer yet. After these it is given up: nothing is
/// polled.
const TRIED_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
];

pub fn of_this_platform() -> impl Tray {
    StatusNotifier
}

struct StatusNotifier;

impl Tray for StatusNotifier {
    fn run<W, F>(self, work: W) -> Result<(), Problem>
    where
        W: FnOnce(Port) -> F,
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        // One thread for all: the bus's tasks run here too, and an idle resident wakes for nothing.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| Problem::new(Code::Internal))?;
        let ended = runtime.block_on(async {
            let (port, wires) = port();
            let showing = tokio::spawn(show(wires));
            let ended = work(port).await;
            showing.abort();
            ended
        });
        // A look-up of a name may still block a thread.
        runtime.shutdown_background();
        ended
    }
}

async fn show(wires: Wires) {
    let Wires {
        mut faces,
        actions,
        shown,
    } = wires;
    if faces.wait_for(Option::is_some).await.is_err() {
        return;
    }
    let Some(handle) = register(&faces, &actions, &shown).await else {
        shown.send_replace(Some(false));
        return;
    };
    // What offline has said meanwhile holds.
    shown.send_modify(|shown| {
        shown.get_or_insert(true);
    });
    // What changed while it was registered is seen now: `faces` has not been looked at since.
    loop {
        let face = faces.borrow_and_update().clone();
        if let Some(face) = face {
            handle.update(|item| item.face = face).await;
        }
        if faces.changed().await.is_err() {
            return;
        }
    }
}

async fn register(
    faces: &watch::Receiver<Option<Face>>,
    actions: &UnboundedSender<Action>,
    shown: &watch::Sender<Option<bool>>,
) -> Option<Handle<Item>> {
    let mut rests = TRIED_AGAIN_AFTER.into_iter();
    loop {
        let item = Item {
            face: faces.borrow().clone()?,
            panel: Panel::of_process(),
            actions: actions.clone(),
            shown: shown.clone(),
        };
        // A panel that is not there yet is waited for by the bus's own signal, for as long as it takes.
        match item.assume_sni_available(true).spawn().await {
            Ok(handle) => return Some(handle),
            Err(_) => {
                // What the bus says could name a person's session; that there is no icon is all there is to tell.
                tracing::info!("there is no tray to stand in");
                tokio::time::sleep(rests.next()?).await;
            }
        }
    }
}

struct Item {
    face: Face,
    panel: Panel,
    actions: UnboundedSender<Action>,
    shown: watch::Sender<Option<bool>>,
}

impl Item {
    fn does(&self, action: Action) {
        // Refused only when the program is ending.
        let _ = self.actions.send(action);
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "kossori".to_owned()
    }

    fn title(&self) -> String {
        "Kossori".to_owned()
    }

    // Never "needs attention": panels blink or unfold for it. The icon says it.
    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn activate(&mut self, x: i32, y: i32) {
        self.does(Action::Write(Some((x, y))));
    }

    fn menu_about_to_show(&mut self) {
        self.does(Action::Look);
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let icon = |(side, data)| Icon {
            width: side,
            height: side,
            data,
        };
        pixmaps(self.face.state, self.panel).map(icon).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: "Kossori".to_owned(),
            description: self.face.tooltip.clone(),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Item>> {
        self.face.menu.iter().map(item).collect()
    }

    /// The panel is gone, or restarts: it is registered again when there is one. Nothing ends for it.
    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.shown.send_replace(Some(false));
        true
    }

    fn watcher_online(&self) {
        self.shown.send_replace(Some(true));
    }
}

fn item(line: &Line) -> MenuItem<Item> {
    match line {
        Line::Act(label, action) => {
            let action = *action;
            MenuItem::Standard(StandardItem {
                label: label.clone(),
                activate: Box::new(move |item: &mut Item| item.does(action)),
                ..StandardItem::default()
            })
        }
        Line::Say(text) => MenuItem::Standard(StandardItem {
            label: text.clone(),
            enabled: false,
            ..StandardItem::default()
        }),
        Line::More(label, lines) => MenuItem::SubMenu(SubMenu {
            label: label.clone(),
            submenu: lines.iter().map(item).collect(),
            ..SubMenu::default()
        }),
        Line::Rule => MenuItem::Separator,
    }
}
