//! What a desktop shows and knows besides its panel: notifications, in `python3-dbusmock`'s daemon, which records each
//! call, and whether a person may be disturbed.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zbus::Connection;
use zbus::zvariant::OwnedValue;

use super::session_bus::SessionBus;
use super::world::Running;

const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const MOCK: &str = "org.freedesktop.DBus.Mock";

struct Saver(Arc<AtomicBool>);

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl Saver {
    fn get_active(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

struct Inhibit;

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Inhibit {
    fn has_inhibit(&self) -> bool {
        false
    }
}

/// One `Notify`, as the daemon was asked.
#[derive(Debug)]
pub struct Notified {
    pub app: String,
    pub icon: String,
    pub summary: String,
    pub body: String,
    pub actions: Vec<String>,
    pub hints: HashMap<String, OwnedValue>,
}

impl Notified {
    pub fn is(&self, hint: &str) -> bool {
        let value = self
            .hints
            .get(hint)
            .and_then(|value| bool::try_from(value.clone()).ok());
        value == Some(true)
    }
}

pub struct Desktop {
    bus: Connection,
    _daemon: Running,
}

impl Desktop {
    /// Nobody is in the way: the screen is not covered, nothing keeps it awake, and notifications are shown.
    pub async fn start(bus: &SessionBus) -> Desktop {
        // The distribution's own Python has the package.
        let mut command = bus.command("/usr/bin/python3");
        command
            .args(["-m", "dbusmock", "--session", "--template", "notification_daemon"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let daemon = Running(
            command
                .spawn()
                .expect("python3-dbusmock is needed (see script/setup)"),
        );
        let waited = bus
            .command("gdbus")
            .args(["wait", "--session", "--timeout", "30", NOTIFICATIONS])
            .status();
        assert!(
            waited.expect("gdbus").success(),
            "python3-dbusmock did not come to the bus (see script/setup)"
        );
        let connection = zbus::connection::Builder::address(bus.address())
            .and_then(|builder| builder.serve_at("/org/freedesktop/ScreenSaver", Saver(Arc::default())))
            .and_then(|builder| builder.serve_at("/org/freedesktop/PowerManagement/Inhibit", Inhibit))
            .and_then(|builder| builder.name("org.freedesktop.ScreenSaver"))
            .and_then(|builder| builder.name("org.freedesktop.PowerManagement"))
            .expect("good addresses, paths and names")
            .build()
            .await
            .expect("the bus takes us for a desktop");
        let desktop = Desktop {
            bus: connection,
            _daemon: daemon,
        };
        let off = zbus::zvariant::Value::from(false);
        desktop
            .mock("AddProperty", &(NOTIFICATIONS, "Inhibited", off))
            .await;
        desktop
    }

    async fn mock<B>(&self, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.bus
            .call_method(Some(NOTIFICATIONS), PATH, Some(MOCK), method, body)
            .await
            .expect("the daemon answers")
    }

    /// All that was ever to be shown.
    pub async fn notified(&self) -> Vec<Notified> {
        let answer = self.mock("GetMethodCalls", &("Notify",)).await;
        let calls: Vec<(u64, Vec<OwnedValue>)> = answer.body().deserialize().expect("calls");
        calls.into_iter().map(|(_, args)| notified(args)).collect()
    }
}

fn notified(args: Vec<OwnedValue>) -> Notified {
    let [app, _, icon, summary, body, actions, hints, _] = args.try_into().expect("eight arguments");
    let text = |value: OwnedValue| String::try_from(value).expect("a text");
    Notified {
        app: text(app),
        icon: text(icon),
        summary: text(summary),
        body: text(body),
        actions: actions.try_into().expect("a list of texts"),
        hints: hints.try_into().expect("hints"),
    }
}
