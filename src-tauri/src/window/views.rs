//! Making, placing, showing and hiding the two windows, and what of the desktop they ask for.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, Ordering};

use gdkx11::X11Window;
use gdkx11::functions::x11_get_server_time;
use gtk::gdk::{Atom, SELECTION_CLIPBOARD};
use gtk::glib::Cast;
use gtk::prelude::{FileChooserExt, GtkSettingsExt, GtkWindowExt, NativeDialogExt, ObjectExt, WidgetExt};
use kossori_link::data_dir_hash;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, LogicalPosition, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder,
};
use tokio::sync::oneshot;
use webkit2gtk::{InputMethodContextExt, WebViewExt};

use crate::main_place::{MainPlace, Remembered};
use crate::outside::is_our_page;
use crate::page::What;
use crate::place::{Rect, again, place, times_text};
use crate::window::at_once::paint_at_once;
use crate::window::commands::Shell;
use crate::words::Words;

const COMPOSER: (f64, f64) = (440.0, 520.0);
const MAIN: (f64, f64) = (1080.0, 720.0);
const MAIN_AT_LEAST: (f64, f64) = (760.0, 520.0);
/// A page whose process ends oftener than that is not loaded again: it would, for ever.
const DEATHS: u32 = 3;
/// Nothing of a text is ever in it.
const TITLE: &str = "Kossori";
/// What is picked, and what is looked for on the clipboard, in this order: a lossless copy first.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// A folder of caches, apart for each data folder: the page remembers its look and which draft was open, and nothing
/// is lost with it.
pub fn kept_in(data_dir: &Path, of: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let of = |name: &str| of(name).map(PathBuf::from).filter(|path| path.is_absolute());
    of("XDG_CACHE_HOME")
        .or_else(|| of("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("kossori")
        .join(data_dir_hash(data_dir))
}

/// Files that are picked stay out of the desktop's list of recent ones.
pub fn quiet_gtk() {
    if let Some(settings) = gtk::Settings::default() {
        settings.set_gtk_recent_files_enabled(false);
        follow_text(&settings);
        settings.connect_gtk_xft_dpi_notify(follow_text);
    }
}

/// How large the person wants text, as GTK's setting has it: 1024ths of dots an inch. It is asked on the main thread only.
static TEXT: AtomicI32 = AtomicI32::new(-1);

fn follow_text(settings: &gtk::Settings) {
    TEXT.store(settings.gtk_xft_dpi(), Ordering::Relaxed);
}

/// Makes it hidden, if it is not there: a window that is seen while it loads is painted later.
pub fn make(app: &AppHandle, what: What) -> tauri::Result<()> {
    if app.get_webview_window(what.label()).is_some() {
        return Ok(());
    }
    let address = match what {
        What::Compose => "index.html",
        What::Main => "index.html#main",
    };
    let shell = app.state::<Shell>();
    // Of the environment itself: the web view would speak English wherever the C library lacks the locale.
    let language = shell.words.of_system();
    let builder = WebviewWindowBuilder::new(app, what.label(), WebviewUrl::App(address.into()))
        .title(TITLE)
        .initialization_script(format!("window.__KOSSORI__ = {{ language: \"{language}\" }};"))
        .visible(false)
        // Kept out of screenshots and shared screens, where the system has a way: not on Linux.
        .content_protected(true)
        .data_directory(shell.kept_in.clone())
        .on_navigation(|url| is_our_page(url.scheme(), url.host_str()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    let builder = match what {
        What::Compose => builder
            .inner_size(COMPOSER.0, COMPOSER.1)
            .decorations(false)
            .skip_taskbar(true),
        What::Main => builder
            .inner_size(MAIN.0, MAIN.1)
            .min_inner_size(MAIN_AT_LEAST.0, MAIN_AT_LEAST.1)
            .center(),
    };
    let died = app.clone();
    builder.build()?.with_webview(move |view| {
        let deaths = Cell::new(0);
        view.inner().connect_web_process_terminated(move |view, _| {
            deaths.set(deaths.get() + 1);
            if deaths.get() > DEATHS {
                return died.exit(1);
            }
            // Without its process nothing is shown and nothing hides. What was typed is saved within a second of it.
            view.reload();
        });
        // Tauri turns it off: without it what an input method composes is not seen in the text.
        if let Some(context) = view.inner().input_method_context() {
            context.set_enable_preedit(true);
        }
    })
}

pub fn show(app: &AppHandle, what: What, click: Option<(i32, i32)>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(what.label()) else {
        return Err(tauri::Error::WindowNotFound);
    };
    // In one go: asked from another thread, each of these would wait for a turn of the main loop, which paints meanwhile.
    app.run_on_main_thread(move || {
        // A window that cannot be shown is ending.
        let _ = show_now(&window, what, click);
    })
}

fn show_now(window: &WebviewWindow, what: What, click: Option<(i32, i32)>) -> tauri::Result<()> {
    let is_hidden = !window.is_visible()?;
    match what {
        What::Compose if click.is_some() || is_hidden => place_composer(window, click)?,
        What::Main if is_hidden => place_main(window)?,
        _ => {}
    }
    window.unminimize()?;
    window.show()?;
    if is_hidden {
        focus_once_shown(&window.gtk_window()?, what);
        return Ok(());
    }
    window.set_focus()
}

/// Nobody asks for the focus of a window that is not to be seen yet, and this one will be only when the main loop has done what
/// was asked for before. Desktops that do not give it by themselves to what is in no taskbar would leave the composer without.
///
/// With the server's time: a person has asked for it just now, elsewhere, and the last key that was pressed here is older than the
/// focus that others had since. A window that is asked for with an older time is told about instead, on some desktops.
fn focus_once_shown(window: &gtk::ApplicationWindow, what: What) {
    if let Some(shown) = x11_window(window) {
        shown.set_user_time(x11_get_server_time(&shown));
    }
    let once = Rc::new(Cell::new(None));
    let again = Rc::clone(&once);
    let handler = window.connect_map(move |window| {
        if let Some(handler) = again.take() {
            window.disconnect(handler);
            let shown = x11_window(window);
            window.present_with_time(shown.as_ref().map_or(0, x11_get_server_time));
            if what == What::Compose && shown.is_some() {
                paint_at_once(window);
            }
        }
    });
    once.set(Some(handler));
}

fn x11_window(window: &gtk::ApplicationWindow) -> Option<X11Window> {
    window.window()?.downcast().ok()
}

pub fn hide(app: &AppHandle, what: What) {
    if let Some(window) = app.get_webview_window(what.label()) {
        // One that cannot be hidden is ending.
        let _ = app.run_on_main_thread(move || {
            if what == What::Main {
                remember_main(window.app_handle());
            }
            let _ = window.hide();
        });
    }
}

/// On the main thread: where the main window is now, if it is to be seen.
pub fn remember_main(app: &AppHandle) {
    let window = app.get_webview_window(What::Main.label());
    let Some(window) = window.and_then(|window| window.gtk_window().ok()) else {
        return;
    };
    if !window.is_visible() {
        return;
    }
    let kept = Remembered::in_folder(&app.state::<Shell>().kept_in);
    let ((x, y), (width, height)) = (window.position(), window.size());
    let now = MainPlace {
        x,
        y,
        width,
        height,
        maximised: false,
    };
    let now = if window.is_maximized() {
        // What it is made smaller to is how it was before.
        let before = kept.place().unwrap_or(MainPlace {
            width: MAIN.0 as i32,
            height: MAIN.1 as i32,
            ..now
        });
        MainPlace {
            maximised: true,
            ..before
        }
    } else {
        now
    };
    // Without a disk to note it on, the next one opens in the middle.
    let _ = kept.keep(now);
}

/// As it was the last time, where the desktop lets windows place themselves.
fn place_main(window: &WebviewWindow) -> tauri::Result<()> {
    let kept = Remembered::in_folder(&window.state::<Shell>().kept_in);
    let Some(was) = kept.place() else {
        return Ok(());
    };
    let logical = |monitor: &Monitor| {
        let (area, scale) = (monitor.work_area(), monitor.scale_factor());
        let (position, size) = (area.position.to_logical(scale), area.size.to_logical(scale));
        Rect {
            x: position.x,
            y: position.y,
            width: size.width,
            height: size.height,
        }
    };
    let works: Vec<Rect> = window.available_monitors()?.iter().map(logical).collect();
    if let Some(at) = again(was.rect(), &works) {
        window.set_size(LogicalSize::new(at.width, at.height))?;
        window.set_position(LogicalPosition::new(at.x, at.y))?;
    }
    if was.maximised {
        window.maximize()?;
    }
    Ok(())
}

/// Where the desktop lets windows place themselves.
fn place_composer(window: &WebviewWindow, click: Option<(i32, i32)>) -> tauri::Result<()> {
    let monitors = window.available_monitors()?;
    let clicked = click.and_then(|click| monitors.iter().find(|monitor| screen(monitor).contains(click)));
    let primary = window.primary_monitor()?;
    let Some(monitor) = clicked.or(primary.as_ref()).or(monitors.first()) else {
        return Ok(());
    };
    let area = monitor.work_area();
    let work = rect(area.position, area.size);
    // What is read in it grows with the text.
    let scale = monitor.scale_factor() * times_text(TEXT.load(Ordering::Relaxed));
    let wanted = ((COMPOSER.0 * scale) as i32, (COMPOSER.1 * scale) as i32);
    let at = place(clicked.and(click), screen(monitor), work, wanted);
    window.set_size(PhysicalSize::new(at.width, at.height))?;
    window.set_position(PhysicalPosition::new(at.x, at.y))
}

fn screen(monitor: &Monitor) -> Rect {
    rect(*monitor.position(), *monitor.size())
}

fn rect(position: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> Rect {
    Rect {
        x: position.x,
        y: position.y,
        width: size.width.try_into().unwrap_or(i32::MAX),
        height: size.height.try_into().unwrap_or(i32::MAX),
    }
}

/// On the main thread.
pub fn pick_pictures(parent: &WebviewWindow, words: &Words, answer: oneshot::Sender<Vec<String>>) {
    let filter = gtk::FileFilter::new();
    filter.set_name(Some(&words.say("shell.pictures")));
    for kind in PICTURES {
        filter.add_mime_type(kind);
    }
    let chooser = gtk::FileChooserNative::new(
        Some(&words.say("shell.pick_pictures")),
        parent.gtk_window().ok().as_ref(),
        gtk::FileChooserAction::Open,
        None,
        None,
    );
    chooser.set_modal(true);
    chooser.set_select_multiple(true);
    chooser.add_filter(filter);
    // Nobody else holds the chooser while it is open.
    let open = RefCell::new(Some((chooser.clone(), answer)));
    chooser.connect_response(move |chooser, response| {
        let Some((_, answer)) = open.take() else { return };
        let picked = match response {
            gtk::ResponseType::Accept => chooser.filenames(),
            _ => Vec::new(),
        };
        let picked = picked.iter().filter_map(|path| path.to_str().map(str::to_owned));
        // A page that went meanwhile takes nothing.
        let _ = answer.send(picked.collect());
    });
    chooser.show();
}

/// On the main thread, which does not wait. The bytes are as their owner offers them: nothing here looks into a picture.
pub fn pasted_picture(answer: oneshot::Sender<Vec<u8>>) {
    let clipboard = gtk::Clipboard::get(&SELECTION_CLIPBOARD);
    clipboard.request_contents(&Atom::intern("TARGETS"), move |clipboard, offered| {
        let offered = offered.targets().unwrap_or_default();
        let mut kinds = PICTURES.iter().map(|kind| Atom::intern(kind));
        // Dropped, it answers that there is none.
        let Some(kind) = kinds.find(|kind| offered.contains(kind)) else {
            return;
        };
        clipboard.request_contents(&kind, move |_, picture| {
            // Below nothing: it was offered and not given.
            if picture.length() > 0 {
                drop(answer.send(picture.data()));
            }
        });
    });
}

/// On the main thread. GTK starts the browser itself, without a shell in between.
pub fn open_external(parent: &WebviewWindow, url: &str) {
    let parent = parent.gtk_window().ok();
    // Without a browser nothing opens, and the address can still be copied.
    let _ = gtk::show_uri_on_window(parent.as_ref(), url, gtk::gdk::ffi::GDK_CURRENT_TIME as u32);
}
