"""A bare WebKitGTK window for the page: reads commands as JSON lines, answers each with one. `webkit.ts` speaks it."""

import json
import subprocess
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GdkX11", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GdkX11, GLib, Gtk, WebKit2  # noqa: E402, F401

window = None
view = None


def say(answer):
    print(json.dumps(answer), flush=True)


def open_page(command):
    """A window without a frame, as the composer's is, and the scripts that run before the page's own."""
    global window, view
    if window:
        window.destroy()
    Gtk.Settings.get_default().set_property("gtk-application-prefer-dark-theme", command["dark"])
    scripts = WebKit2.UserContentManager()
    for script in command["scripts"]:
        top, start = WebKit2.UserContentInjectedFrames.TOP_FRAME, WebKit2.UserScriptInjectionTime.START
        scripts.add_script(WebKit2.UserScript.new(script, top, start, None, None))
    # Nothing that one page keeps is there for the next.
    context = WebKit2.WebContext.new_ephemeral()
    view = WebKit2.WebView(user_content_manager=scripts, web_context=context)
    view.get_settings().set_enable_write_console_messages_to_stdout(False)
    view.set_zoom_level(command["zoom"])
    window = Gtk.Window(decorated=False)
    window.add(view)
    window.set_default_size(command["width"], command["height"])
    window.move(0, 0)
    window.show_all()
    view.load_uri(command["url"])
    GLib.timeout_add(100, lambda: say({"done": True}))


def evaluated(source, result, _):
    try:
        value = source.call_async_javascript_function_finish(result)
        say({"done": json.loads(value.to_string())})
    except GLib.Error as error:
        say({"failed": error.message})


def take_picture(command):
    """What is on the screen, as somebody before it sees it."""
    window_id = str(window.get_window().get_xid())
    subprocess.run(["import", "-silent", "-window", window_id, command["path"]], check=True)
    say({"done": True})


def focus():
    """There is no window manager to give it: without it no caret and no focus ring is painted."""
    subprocess.run(["xdotool", "windowfocus", str(window.get_window().get_xid())], check=True)
    say({"done": True})


def heard(channel, _):
    line = channel.readline()
    if line == "":
        Gtk.main_quit()
        return False
    command = json.loads(line)
    match command["do"]:
        case "open":
            open_page(command)
        case "run":
            body, nothing = f"return JSON.stringify((await (async () => {{ {command['script']} }})()) ?? null)", GLib.Variant("a{sv}", {})
            view.call_async_javascript_function(body, -1, nothing, None, None, None, evaluated, None)
        case "focus":
            focus()
        case "picture":
            take_picture(command)
    return True


GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, heard)
Gtk.main()
