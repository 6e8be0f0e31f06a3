//! Keys of the whole screen, by `XGrabKey`. One thread sleeps in the connection until the server says that one of them was
//! pressed; the server alone watches the keyboard.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kossori_api::{Key, Shortcut};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, ModMask,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::Which;

const NUM_LOCK: u32 = 0xff7f;
const F1: u32 = 0xffbe;
const SHIFT: u16 = 1;
const CAPS_LOCK: u16 = 1 << 1;
const CONTROL: u16 = 1 << 2;
const ALT: u16 = 1 << 3;
const SUPER: u16 = 1 << 6;

pub struct Listening {
    connection: RustConnection,
    root: u32,
    /// A word to it ends the thread.
    own: u32,
    state: Mutex<State>,
    alive: AtomicBool,
}

#[derive(Default)]
struct State {
    wanted: Vec<(Which, Shortcut)>,
    grabbed: Vec<Grab>,
}

#[derive(Clone, Copy)]
struct Grab {
    which: Which,
    held: u16,
    keycode: u8,
}

impl Listening {
    /// `None`: no screen can be reached.
    pub fn begin(heard: impl Fn(Which) + Send + 'static) -> Option<Arc<Listening>> {
        let (connection, screen) = RustConnection::connect(None).ok()?;
        let root = connection.setup().roots.get(screen)?.root;
        let own = connection.generate_id().ok()?;
        // Never shown: it is there to be written to.
        let nothing = CreateWindowAux::new();
        let made = connection.create_window(
            0,
            own,
            root,
            -1,
            -1,
            1,
            1,
            0,
            WindowClass::INPUT_ONLY,
            0,
            &nothing,
        );
        made.ok()?.check().ok()?;
        let listening = Arc::new(Listening {
            connection,
            root,
            own,
            state: Mutex::default(),
            alive: AtomicBool::new(true),
        });
        let hears = Arc::clone(&listening);
        std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                hears.hear(heard);
                hears.alive.store(false, Ordering::SeqCst);
            })
            .ok()?;
        Some(listening)
    }

    /// Its screen may have gone.
    pub fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    /// To these from now on, and to no others; answers those that another program has. To none: it ends.
    pub fn listen_to(&self, wanted: &[(Which, Shortcut)]) -> Vec<Which> {
        let mut state = self.state();
        state.wanted = wanted.to_vec();
        let taken = self.grab(&mut state);
        if wanted.is_empty() {
            let word = ClientMessageEvent::new(32, self.own, u32::from(AtomEnum::STRING), [0_u32; 5]);
            // A screen that has gone has ended it already.
            let _ = self
                .connection
                .send_event(false, self.own, EventMask::NO_EVENT, word);
            let _ = self.connection.flush();
        }
        taken
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, heard: impl Fn(Which)) {
        while let Ok(event) = self.connection.wait_for_event() {
            match event {
                Event::KeyPress(press) => {
                    let held = u16::from(press.state) & (SHIFT | CONTROL | ALT | SUPER);
                    let state = self.state();
                    let meant = |grab: &&Grab| grab.keycode == press.detail && grab.held == held;
                    if let Some(grab) = state.grabbed.iter().find(meant) {
                        heard(grab.which);
                    }
                }
                // Another layout: the same letter may lie elsewhere.
                Event::MappingNotify(_) => {
                    let mut state = self.state();
                    // What is taken now is said when the person looks at it again.
                    let _ = self.grab(&mut state);
                }
                Event::ClientMessage(word) if word.window == self.own => return,
                _ => {}
            }
        }
    }

    /// Lets go of what it has and takes what is wanted.
    fn grab(&self, state: &mut State) -> Vec<Which> {
        let layout = self.layout();
        let locks = [0, CAPS_LOCK, layout.num_lock, CAPS_LOCK | layout.num_lock];
        for grab in std::mem::take(&mut state.grabbed) {
            for lock in locks {
                let held = ModMask::from(grab.held | lock);
                // A lock that lies elsewhere now was none of ours.
                let _ = self
                    .connection
                    .ungrab_key(grab.keycode, self.root, held)
                    .map(|sent| sent.check());
            }
        }
        let mut taken = Vec::new();
        for (which, shortcut) in state.wanted.clone() {
            let Some(keycode) = layout.keycode(shortcut.key) else {
                // A keyboard without it.
                taken.push(which);
                continue;
            };
            let grab = Grab {
                which,
                held: held(shortcut),
                keycode,
            };
            let grabbed = locks.iter().try_for_each(|lock| self.take(grab, *lock));
            state.grabbed.push(grab);
            if grabbed.is_err() {
                for lock in locks {
                    let held = ModMask::from(grab.held | lock);
                    let _ = self
                        .connection
                        .ungrab_key(keycode, self.root, held)
                        .map(|sent| sent.check());
                }
                state.grabbed.pop();
                taken.push(which);
            }
        }
        taken
    }

    fn take(&self, grab: Grab, lock: u16) -> Result<(), ReplyError> {
        let held = ModMask::from(grab.held | lock);
        self.connection
            .grab_key(
                false,
                self.root,
                held,
                grab.keycode,
                GrabMode::ASYNC,
                GrabMode::ASYNC,
            )?
            .check()
    }

    fn layout(&self) -> Layout {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let keys = self
            .connection
            .get_keyboard_mapping(first, last.saturating_sub(first).saturating_add(1))
            .ok()
            .and_then(|asked| asked.reply().ok());
        let mut layout = Layout {
            first,
            per_key: 1,
            symbols: Vec::new(),
            num_lock: 1 << 4,
        };
        if let Some(keys) = keys {
            layout.per_key = usize::from(keys.keysyms_per_keycode).max(1);
            layout.symbols = keys.keysyms;
        }
        let modifiers = self
            .connection
            .get_modifier_mapping()
            .ok()
            .and_then(|asked| asked.reply().ok());
        if let (Some(modifiers), Some(num_lock)) = (modifiers, layout.of_symbol(NUM_LOCK)) {
            let per_modifier = usize::from(modifiers.keycodes_per_modifier()).max(1);
            let of = modifiers
                .keycodes
                .chunks(per_modifier)
                .position(|keys| keys.contains(&num_lock));
            layout.num_lock = of.map_or(layout.num_lock, |index| 1 << index);
        }
        layout
    }
}

/// Which key of the keyboard gives what.
struct Layout {
    first: u8,
    per_key: usize,
    symbols: Vec<u32>,
    num_lock: u16,
}

impl Layout {
    fn keycode(&self, key: Key) -> Option<u8> {
        self.of_symbol(match key {
            Key::Letter(letter) => u32::from(letter.to_ascii_lowercase()),
            Key::Function(number) => F1 + u32::from(number) - 1,
            Key::Space => u32::from(' '),
        })
    }

    /// The first key that gives it without Shift, else with it (digits, on some keyboards).
    fn of_symbol(&self, symbol: u32) -> Option<u8> {
        let at = |level: usize| {
            let mut keys = self.symbols.chunks(self.per_key);
            keys.position(|symbols| symbols.get(level) == Some(&symbol))
        };
        let index = at(0).or_else(|| at(1)).or_else(|| at(2))?;
        u8::try_from(usize::from(self.first) + index).ok()
    }
}

fn held(shortcut: Shortcut) -> u16 {
    let all = [
        (shortcut.shift, SHIFT),
        (shortcut.ctrl, CONTROL),
        (shortcut.alt, ALT),
        (shortcut.meta, SUPER),
    ];
    all.into_iter()
        .filter(|(is, _)| *is)
        .fold(0, |held, (_, bit)| held | bit)
}

#[cfg(test)]
mod tests {
    use kossori_api::{Key, Shortcut};

    use super::{ALT, CONTROL, Layout, SHIFT, SUPER, held};

    #[test]
    fn a_letter_is_where_the_layout_has_it() {
        // French: A where others have Q, digits with Shift.
        let layout = Layout {
            first: 8,
            per_key: 2,
            symbols: vec![
                0,
                0,
                u32::from('&'),
                u32::from('1'),
                u32::from('a'),
                u32::from('A'),
                0xffbe,
                0,
            ],
            num_lock: 16,
        };
        assert_eq!(layout.keycode(Key::Letter('A')), Some(10));
        assert_eq!(layout.keycode(Key::Letter('1')), Some(9));
        assert_eq!(layout.keycode(Key::Function(1)), Some(11));
        assert_eq!(layout.keycode(Key::Letter('Z')), None);
    }

    #[test]
    fn what_is_held_with_it() {
        let of = |text| held(Shortcut::parse(text).expect("a shortcut"));
        assert_eq!(of("Ctrl+K"), CONTROL);
        assert_eq!(of("Ctrl+Alt+Shift+Super+K"), CONTROL | ALT | SHIFT | SUPER);
    }
}
