//! What a desktop knows of programs that start at sign-in.

use std::sync::Mutex;

use kossori_engine::ports::{Autostart, AutostartError};

use crate::parts::locked;

#[derive(Default)]
pub struct SimAutostart {
    on: Mutex<bool>,
    pub refuses: Mutex<Option<AutostartError>>,
}

impl Autostart for SimAutostart {
    fn is_possible(&self) -> bool {
        *locked(&self.refuses) != Some(AutostartError::NotHere)
    }

    fn is_on(&self) -> bool {
        *locked(&self.on)
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        match *locked(&self.refuses) {
            Some(error) => Err(error),
            None => {
                *locked(&self.on) = on;
                Ok(())
            }
        }
    }
}
