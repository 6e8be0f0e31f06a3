//! A desktop's panel in small: the watcher that tray icons register with, and a person who reads and clicks.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::Connection;
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::session_bus::SessionBus;

const LIMIT: Duration = Duration::from_secs(20);
const STATES: [(&str, &[u8]); 4] = [
    (
        "idle",
        include_bytes!("../../src-tauri/resident/icons/idle-16.alpha"),
    ),
    (
        "queued",
        include_bytes!("../../src-tauri/resident/icons/queued-16.alpha"),
    ),
    (
        "paused",
        include_bytes!("../../src-tauri/resident/icons/paused-16.alpha"),
    ),
    (
        "needs_you",
        include_bytes!("../../src-tauri/resident/icons/needs-you-16.alpha"),
    ),
];

struct Watcher {
    registered: UnboundedSender<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str) {
        drop(self.registered.send(service.to_owned()));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// It is gone from the bus when this is dropped.
pub struct Panel {
    bus: Connection,
    registered: UnboundedReceiver<String>,
}

/// A line of a menu: its id, its properties, the lines below it.
type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Panel {
    pub async fn start(bus: &SessionBus) -> Panel {
        let (tell, registered) = unbounded_channel();
        let bus = zbus::connection::Builder::address(bus.address())
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", Watcher { registered: tell }))
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .expect("a good address, path and name")
            .build()
            .await
            .expect("the bus takes us for the panel");
        Panel { bus, registered }
    }

    /// The next icon that registers.
    pub async fn icon(&mut self) -> TrayIcon {
        let service = tokio::time::timeout(LIMIT, self.registered.recv())
            .await
            .expect("an icon registers")
            .expect("the panel is there");
        TrayIcon {
            bus: self.bus.clone(),
            service,
        }
    }

    /// Leaves the bus, as a panel does that ends.
    pub async fn end(self) {
        self.bus.close().await.expect("closed");
    }
}

pub struct TrayIcon {
    bus: Connection,
    service: String,
}

/// A line of the menu: its id, its words, and whether it can be chosen.
#[derive(Clone, Debug)]
pub struct MenuLine {
    id: i32,
    pub label: String,
    pub enabled: bool,
}

impl TrayIcon {
    async fn property(&self, name: &str) -> OwnedValue {
        let answer = self
            .bus
            .call_method(
                Some(self.service.as_str()),
                "/StatusNotifierItem",
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &("org.kde.StatusNotifierItem", name),
            )
            .await
            .expect("the icon answers");
        answer.body().deserialize().expect("a value")
    }

    /// Which state's picture it shows.
    pub async fn state(&self) -> &'static str {
        let pixmaps = self.property("IconPixmap").await;
        let Value::Array(pixmaps) = &*pixmaps else {
            panic!("{pixmaps:?}")
        };
        let opacity = |pixmap: &Value<'_>| -> Option<Vec<u8>> {
            let Value::Structure(pixmap) = pixmap else {
                return None;
            };
            let [Value::I32(16), Value::I32(16), Value::Array(bytes)] = pixmap.fields() else {
                return None;
            };
            let bytes = bytes.iter().filter_map(|byte| match byte {
                Value::U8(byte) => Some(*byte),
                _ => None,
            });
            Some(bytes.step_by(4).collect())
        };
        let shown = pixmaps.iter().find_map(opacity).expect("a picture of 16 pixels");
        let known = STATES.into_iter().find(|(_, shape)| *shape == shown);
        known.expect("one of the four pictures").0
    }

    /// What stands beside it: the program's name, and the state.
    pub async fn tooltip(&self) -> (String, String) {
        let tooltip = self.property("ToolTip").await;
        let Value::Structure(tooltip) = &*tooltip else {
            panic!("{tooltip:?}")
        };
        let [_, _, Value::Str(title), Value::Str(text)] = tooltip.fields() else {
            panic!("{tooltip:?}")
        };
        (title.to_string(), text.to_string())
    }

    /// A left click.
    pub async fn click(&self, x: i32, y: i32) {
        self.bus
            .call_method(
                Some(self.service.as_str()),
                "/StatusNotifierItem",
                Some("org.kde.StatusNotifierItem"),
                "Activate",
                &(x, y),
            )
            .await
            .expect("the icon takes the click");
    }

    /// The menu that a right click opens, submenus after their line.
    pub async fn menu(&self) -> Vec<MenuLine> {
        let answer = self
            .on_menu("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()))
            .await;
        let body = answer.body();
        let (_, (_, _, lines)): (u32, Line) = body.deserialize().expect("a layout");
        let mut read = Vec::new();
        for line in &lines {
            flatten(line, &mut read);
        }
        read
    }

    pub async fn labels(&self) -> Vec<String> {
        self.menu().await.into_iter().map(|line| line.label).collect()
    }

    /// A right click: what the panel asks before it shows the menu.
    pub async fn open_menu(&self) {
        self.on_menu("AboutToShow", &(0_i32,)).await;
    }

    /// Chooses the line that reads so.
    pub async fn choose(&self, label: &str) {
        let menu = self.menu().await;
        let line = menu.iter().find(|line| line.label == label);
        let line = line.unwrap_or_else(|| panic!("no {label} in {menu:?}"));
        assert!(line.enabled, "{label} cannot be chosen");
        self.on_menu("Event", &(line.id, "clicked", Value::I32(0), 0_u32))
            .await;
    }

    async fn on_menu<B>(&self, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.bus
            .call_method(
                Some(self.service.as_str()),
                "/MenuBar",
                Some("com.canonical.dbusmenu"),
                method,
                body,
            )
            .await
            .expect("the menu answers")
    }

    /// Ends when the icon is so.
    pub async fn becomes(&self, state: &str) {
        while self.state().await != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Looks until the icon is so.
    pub async fn until(&self, state: &str) {
        if tokio::time::timeout(LIMIT, self.becomes(state)).await.is_err() {
            panic!("in vain: {}, not {state}", self.state().await);
        }
    }

    /// Looks until the menu has such a line, or has it no more.
    pub async fn until_menu(&self, label: &str, there: bool) {
        let looking = async {
            while self.labels().await.iter().any(|line| line.contains(label)) != there {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(LIMIT, looking).await.is_err() {
            panic!("in vain: {label} in {:?}", self.labels().await);
        }
    }
}

fn flatten(line: &Value<'_>, read: &mut Vec<MenuLine>) {
    let line = match line {
        Value::Value(inner) => inner,
        line => line,
    };
    let Value::Structure(line) = line else {
        panic!("{line:?}")
    };
    let line: &Structure<'_> = line;
    let [Value::I32(id), Value::Dict(properties), Value::Array(below)] = line.fields() else {
        panic!("{line:?}")
    };
    let text = properties.get::<&str, &str>(&"label").ok().flatten();
    let enabled = properties.get::<&str, bool>(&"enabled").ok().flatten();
    if let Some(label) = text {
        read.push(MenuLine {
            id: *id,
            label: label.to_owned(),
            enabled: enabled.unwrap_or(true),
        });
    }
    for line in below.iter() {
        flatten(line, read);
    }
}
