//! The session's bus, and logind on the system's.

use notify_rust::{Hint, Notification, Urgency};
use serde::Serialize;
use zbus::proxy::{Builder, CacheProperties, MethodFlags};
use zbus::zvariant::{DynamicType, OwnedValue, Type};
use zbus::{Connection, Proxy};

use super::Desk;

/// Screen savers that say whether they cover the screen: (name, path).
const SAVERS: [(&str, &str); 6] = [
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
    ("org.kde.screensaver", "/ScreenSaver"),
];
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
/// Of GNOME's session: whether something keeps the screen from going dark.
const IDLE: u32 = 8;

impl Desk {
    pub async fn ask() -> Desk {
        let session = Connection::session().await.ok();
        let system = Connection::system().await.ok();
        let Some(session) = session.as_ref().map(Bus) else {
            return Desk::default();
        };
        Desk {
            locked: any(&[
                session.a_saver_covers().await,
                match system.as_ref().map(Bus) {
                    Some(system) => system.is_locked().await,
                    None => None,
                },
            ]),
            presenting: any(&[
                session.keeps_awake_on_gnome().await,
                session.keeps_awake_elsewhere().await,
            ]),
            do_not_disturb: any(&[
                session.notifications_are_inhibited().await,
                session.xfce_does_not_disturb().await,
                session.gnome_shows_no_banners().await,
            ]),
        }
    }
}

/// One yes is a yes; a no needs somebody who says so.
fn any(told: &[Option<bool>]) -> Option<bool> {
    let known: Vec<bool> = told.iter().copied().flatten().collect();
    (!known.is_empty()).then(|| known.contains(&true))
}

struct Bus<'a>(&'a Connection);

impl Bus<'_> {
    /// `None`: nobody of that name is there, or it does not answer so.
    async fn call<R, B>(&self, name: &str, path: &str, interface: &str, method: &str, body: &B) -> Option<R>
    where
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
        B: Serialize + DynamicType,
    {
        let proxy: Proxy<'_> = Builder::new(self.0)
            .destination(name.to_owned())
            .ok()?
            .path(path.to_owned())
            .ok()?
            .interface(interface.to_owned())
            .ok()?
            .cache_properties(CacheProperties::No)
            .build()
            .await
            .ok()?;
        let flags = MethodFlags::NoAutoStart.into();
        proxy.call_with_flags(method.to_owned(), flags, body).await.ok()?
    }

    async fn property<R>(&self, name: &str, path: &str, interface: &str, property: &str) -> Option<R>
    where
        R: TryFrom<OwnedValue> + Type,
    {
        let asked = (interface, property);
        let value: OwnedValue = self
            .call(name, path, "org.freedesktop.DBus.Properties", "Get", &asked)
            .await?;
        R::try_from(value).ok()
    }

    async fn a_saver_covers(&self) -> Option<bool> {
        let mut told = Vec::new();
        for (name, path) in SAVERS {
            let interface = if name == "org.kde.screensaver" {
                SAVERS[0].0
            } else {
                name
            };
            told.push(self.call(name, path, interface, "GetActive", &()).await);
        }
        any(&told)
    }

    /// The session that this process belongs to.
    async fn is_locked(&self) -> Option<bool> {
        self.property(
            "org.freedesktop.login1",
            "/org/freedesktop/login1/session/auto",
            "org.freedesktop.login1.Session",
            "LockedHint",
        )
        .await
    }

    /// Whoever shows slides or a film keeps the screen awake.
    async fn keeps_awake_on_gnome(&self) -> Option<bool> {
        const NAME: &str = "org.gnome.SessionManager";
        self.call(NAME, "/org/gnome/SessionManager", NAME, "IsInhibited", &(IDLE,))
            .await
    }

    /// KDE, Xfce, MATE and others.
    async fn keeps_awake_elsewhere(&self) -> Option<bool> {
        const NAME: &str = "org.freedesktop.PowerManagement.Inhibit";
        let path = "/org/freedesktop/PowerManagement/Inhibit";
        let name = "org.freedesktop.PowerManagement";
        self.call(name, path, NAME, "HasInhibit", &()).await
    }

    /// KDE says it with its notifications, while the screen is shown on a second one too.
    async fn notifications_are_inhibited(&self) -> Option<bool> {
        let path = "/org/freedesktop/Notifications";
        self.property(NOTIFICATIONS, path, NOTIFICATIONS, "Inhibited")
            .await
    }

    async fn server(&self) -> Option<String> {
        type Information = (String, String, String, String);
        let path = "/org/freedesktop/Notifications";
        let told: Information = self
            .call(NOTIFICATIONS, path, NOTIFICATIONS, "GetServerInformation", &())
            .await?;
        Some(told.0)
    }

    async fn xfce_does_not_disturb(&self) -> Option<bool> {
        if self.server().await? != "Xfce Notify Daemon" {
            return None;
        }
        const NAME: &str = "org.xfce.Xfconf";
        let path = "/org/xfce/Xfconf";
        let channel = "xfce4-notifyd";
        let about = (channel, "/do-not-disturb");
        // What was never set is not there, and means that it is off.
        if !self
            .call::<bool, _>(NAME, path, NAME, "PropertyExists", &about)
            .await?
        {
            return Some(false);
        }
        let value: OwnedValue = self.call(NAME, path, NAME, "GetProperty", &about).await?;
        value.try_into().ok()
    }

    /// GNOME's setting is on no bus: its own program reads it.
    async fn gnome_shows_no_banners(&self) -> Option<bool> {
        if self.server().await? != "gnome-shell" {
            return None;
        }
        let told = tokio::process::Command::new("gsettings")
            .args(["get", "org.gnome.desktop.notifications", "show-banners"])
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .ok()?;
        match told.stdout.trim_ascii() {
            b"true" => Some(false),
            b"false" => Some(true),
            _ => None,
        }
    }
}

/// Gone from the screen by itself and kept in no list, without a sound, a button or a mark on the dock.
pub async fn tell(sentence: &str) {
    let told = Notification::new()
        .appname("Kossori")
        .summary(sentence)
        .urgency(Urgency::Low)
        .hint(Hint::Transient(true))
        .hint(Hint::SuppressSound(true))
        .show_async()
        .await;
    if told.is_err() {
        // What the bus says could name a person's session.
        tracing::info!("the digest could not be shown");
    }
}

#[cfg(test)]
mod tests {
    use super::any;

    #[test]
    fn one_yes_is_enough_and_a_no_is_needed() {
        assert_eq!(any(&[None, None]), None);
        assert_eq!(any(&[None, Some(false)]), Some(false));
        assert_eq!(any(&[Some(true), Some(false), None]), Some(true));
    }
}
