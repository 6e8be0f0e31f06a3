//! Where keys are not listened to yet (Windows: `RegisterHotKey`; macOS: `RegisterEventHotKey`).

use std::sync::Arc;

use kossori_api::Shortcut;

use super::Which;

pub struct Listening;

impl Listening {
    pub fn begin(_: impl Fn(Which) + Send + 'static) -> Option<Arc<Listening>> {
        None
    }

    pub fn is_alive(&self) -> bool {
        false
    }

    pub fn listen_to(&self, _: &[(Which, Shortcut)]) -> Vec<Which> {
        Vec::new()
    }
}
