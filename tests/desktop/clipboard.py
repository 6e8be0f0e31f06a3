"""Owns the clipboard of an X server, as the program does that somebody copied in.

    clipboard.py FILE TARGET...

Offers the bytes of FILE under each TARGET (image/png, UTF8_STRING …), as they are: GTK's own clipboard would make pictures
anew. Says `ready` when it owns it, and ends when it is killed.
"""

import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

with open(sys.argv[1], "rb") as file:
    content = file.read()
owner = Gtk.Invisible()
for number, target in enumerate(sys.argv[2:]):
    Gtk.selection_add_target(owner, Gdk.SELECTION_CLIPBOARD, Gdk.Atom.intern(target, False), number)


def give(_owner, selection, _number, _time):
    selection.set(selection.get_target(), 8, content)


owner.connect("selection-get", give)
owner.realize()
if not Gtk.selection_owner_set(owner, Gdk.SELECTION_CLIPBOARD, Gdk.CURRENT_TIME):
    sys.exit("the clipboard belongs to somebody else")
print("ready", flush=True)
Gtk.main()
