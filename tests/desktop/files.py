"""A file manager in small: a window at a place of the screen, out of which files are dragged.

    files.py X Y FILE...

The first drag offers the first FILE, the next one the next. Says `ready` when the window stands, `begun` and `ended` of
each drag, and ends when it is killed.
"""

import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

left, top, *files = sys.argv[1:]
addresses = [GLib.filename_to_uri(file, None) for file in files]

window = Gtk.Window(title="Files")
window.set_default_size(120, 120)
window.move(int(left), int(top))
place = Gtk.EventBox()
window.add(place)
place.drag_source_set(
    Gdk.ModifierType.BUTTON1_MASK, [Gtk.TargetEntry.new("text/uri-list", 0, 0)], Gdk.DragAction.COPY
)


def say(word):
    print(word, flush=True)


def ended(*_):
    addresses.pop(0)
    say("ended")


place.connect("drag-begin", lambda *_: say("begun"))
place.connect("drag-data-get", lambda _place, _drag, data, *_: data.set_uris(addresses[:1]))
place.connect("drag-end", ended)
window.connect("map-event", lambda *_: say("ready"))
window.show_all()
Gtk.main()
