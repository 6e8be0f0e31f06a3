"""A server that speaks Misskey's API as far as posting needs it, as strictly as its documentation and its checks of
parameters have it: what Misskey would ignore is refused here. The same request twice is two notes. Standard library only,
nothing kept.

    python misskey_server.py DATA_FOLDER [LANES]

Prints one line of JSON with its address and accounts when ready, and ends when its standard input closes. Beyond the
API:

    GET  /log      every accepted note: account, text, milliseconds since 1970, where its token stood, and so on
    GET  /_drive   every file of every drive, without its bytes, which are at /files/ID
    GET  /_faults  what is left of them
    POST /_faults  {"on": "notes/create", "kind": K, "times": N} for the next N calls of any endpoint, of "miauth/check",
                   or of all ("*"); of several the first that was asked for. K is, before anything was done: 500_before,
                   drop_before, unauthorized, rate_limit ("retry_after": seconds, or null for none); after it was done:
                   500_after, drop_after, hang_after, html, huge; of notes/create also widen, narrow, other_author; of
                   users/notes also stale: the list of the newest lacks the newest.

The page of MiAuth (/miauth/SESSION) has a form with `account`, and `answer` "allow" or "deny". As on Misskey's own, who
allows is sent to the callback, if there is one, and who denies stays.
"""

import hashlib
import html
import json
import os
import re
import socket
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

MAX_TEXT = 3000
MAX_CW = 100
MAX_COMMENT = 512
MAX_FILES = 16
MAX_FILE = 30 * 1024 * 1024
MAX_JSON = 1024 * 1024
VISIBILITIES = ["public", "home", "followers", "specified"]
PERMISSIONS = ["read:account", "write:notes", "write:drive"]
# What JavaScript's `trim` takes off.
SPACE = " \t\n\r\v\f\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))

lock = threading.RLock()
users = {}  # id -> user
tokens = {}  # token -> {"user", "permissions"}
notes = {}  # id -> note, in order
files = {}  # id -> file
log = []
faults = []
sessions = {}  # session of MiAuth -> {"token", "user"} until it was fetched
counter = 0
here = ""


# Ids: eight digits of milliseconds since 2000, then a count, in base 36: they sort by time.
def base36(number, width):
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits.rjust(width, "0")[-width:]


def id_at(ms, count=0):
    return base36(max(0, ms - 946_684_800_000), 8) + base36(count, 8)


def new_id():
    global counter
    counter += 1
    return id_at(now_ms(), counter)


def now_ms():
    return time.time_ns() // 1_000_000


def iso(ms):
    moment = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


class ApiError(Exception):
    def __init__(self, code, message, status=400, kind="client", info=None, headers=()):
        super().__init__(code)
        self.status = status
        self.headers = list(headers)
        number = hashlib.sha256(code.encode()).hexdigest()
        uuid = f"{number[:8]}-{number[8:12]}-4{number[13:16]}-8{number[17:20]}-{number[20:32]}"
        self.body = {"error": {"message": message, "code": code, "id": uuid, "kind": kind}}
        if info:
            self.body["error"]["info"] = info


def invalid(param, reason):
    return ApiError("INVALID_PARAM", "Invalid param.", info={"param": param, "reason": reason})


def authentication_failed():
    said = 'Bearer realm="Misskey", error="invalid_token", error_description="Authentication failed."'
    return ApiError(
        "AUTHENTICATION_FAILED",
        "Authentication failed. Please ensure your token is correct.",
        401,
        headers=[("WWW-Authenticate", said)],
    )


def rate_limited(seconds):
    headers = [] if seconds is None else [("Retry-After", str(seconds))]
    return ApiError("RATE_LIMIT_EXCEEDED", "Rate limit exceeded. Please try again later.", 429, headers=headers)


# Parameters. Each check answers what is wrong, or nothing.
def is_id(value):
    return None if isinstance(value, str) and re.fullmatch("[a-zA-Z0-9]+", value) else 'must match format "misskey:id"'


def is_bool(value):
    return None if isinstance(value, bool) else "must be boolean"


def is_text(least, most):
    def check(value):
        if not isinstance(value, str):
            return "must be string"
        if not least <= len(value) <= most:
            return f"must NOT have fewer than {least} or more than {most} characters"
        return None

    return check


def is_number(least, most):
    def check(value):
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be integer"
        return None if least <= value <= most else f"must be >= {least} and <= {most}"

    return check


def is_one_of(values):
    return lambda value: None if value in values else "must be equal to one of the allowed values"


def is_ids(least, most):
    def check(value):
        if not isinstance(value, list) or any(is_id(one) for one in value):
            return "must be array of misskey:id"
        if len(set(value)) != len(value):
            return "must NOT have duplicate items"
        return None if least <= len(value) <= most else f"must NOT have fewer than {least} or more than {most} items"

    return check


def nullable(check):
    return lambda value: None if value is None else check(value)


def checked(asked, known, required=()):
    for name, value in asked.items():
        if name == "i":
            continue
        if name not in known:
            raise invalid(f"#/{name}", "must NOT have additional properties")
        wrong = known[name](value)
        if wrong:
            raise invalid(f"#/properties/{name}", wrong)
    for name in required:
        if name not in asked:
            raise invalid("#/required", f"must have required property '{name}'")
    return asked


# What is answered.
def user_json(user):
    return {
        "id": user["id"],
        "name": user["username"],
        "username": user["username"],
        "host": user["host"],
        "avatarUrl": f"{here}/identicon/{user['id']}",
        "avatarBlurhash": None,
        "isBot": False,
        "isCat": False,
        "emojis": {},
        "onlineStatus": "unknown",
    }


def file_json(file):
    return {
        "id": file["id"],
        "createdAt": iso(file["at_ms"]),
        "name": file["name"],
        "type": file["type"],
        "md5": file["md5"],
        "size": len(file["bytes"]),
        "isSensitive": file["isSensitive"],
        "blurhash": None,
        "properties": {},
        "url": f"{here}/files/{file['id']}",
        "thumbnailUrl": None,
        "comment": file["comment"],
        "folderId": None,
        "folder": None,
        "userId": file["user"],
        "user": None,
    }


def note_json(note):
    answer = {
        "id": note["id"],
        "createdAt": iso(note["at_ms"]),
        "userId": note["user"],
        "user": user_json(users[note["user"]]),
        "text": note["text"],
        "cw": note["cw"],
        "visibility": note["visibility"],
        "localOnly": note["localOnly"],
        "reactionAcceptance": None,
        "renoteCount": sum(1 for other in notes.values() if other["renoteId"] == note["id"]),
        "repliesCount": 0,
        "reactions": {},
        "fileIds": note["fileIds"],
        "files": [file_json(files[one]) for one in note["fileIds"]],
        "replyId": note["replyId"],
        "renoteId": note["renoteId"],
    }
    if note["visibility"] == "specified":
        answer["visibleUserIds"] = note["visibleUserIds"]
    if note["channelId"]:
        answer["channelId"] = note["channelId"]
        answer["channel"] = {"id": note["channelId"], "name": "channel"}
    if note["uri"]:
        answer["uri"] = answer["url"] = note["uri"]
    return answer


def sees(user, note):
    if note["visibility"] in ("public", "home") or note["user"] == user:
        return True
    if note["visibility"] == "specified":
        return user in note["visibleUserIds"]
    # Nobody follows anybody here, but who is answered sees the answer.
    answered = notes.get(note["replyId"])
    return user is not None and answered is not None and answered["user"] == user


def is_pure_renote(note):
    return note["renoteId"] is not None and note["text"] is None and not note["fileIds"]


def add_note(user, **fields):
    note = {
        "id": new_id(),
        "at_ms": now_ms(),
        "user": user,
        "text": None,
        "cw": None,
        "visibility": "public",
        "visibleUserIds": [],
        "localOnly": False,
        "replyId": None,
        "renoteId": None,
        "channelId": None,
        "fileIds": [],
        "uri": None,
        **fields,
    }
    notes[note["id"]] = note
    return note


# The endpoints: what they are asked, who may, and what they answer. `None` is 204.
def api_meta(_me, asked, _call):
    checked(asked, {"detail": is_bool})
    return {
        "name": "fake",
        "uri": here,
        "version": "2025.12.2",
        "maxNoteTextLength": MAX_TEXT,
        "maxFileSize": 262_144_000,
        "features": {"miauth": True} if asked.get("detail", True) else None,
    }


def api_i(me, asked, _call):
    checked(asked, {})
    return {**user_json(users[me]), "policies": {"maxFileSizeMb": 30, "canPublicNote": True}, "isModerator": False}


def api_users_show(_me, asked, _call):
    checked(asked, {"userId": is_id, "username": is_text(1, 128), "host": nullable(is_text(1, 512))})
    host = asked.get("host")
    for user in users.values():
        by_name = user["username"].lower() == str(asked.get("username")).lower() and user["host"] == host
        if user["id"] == asked.get("userId") or ("username" in asked and by_name):
            return user_json(user)
    if host is not None:
        raise ApiError("FAILED_TO_RESOLVE_REMOTE_USER", "Failed to resolve remote user.", kind="server")
    raise ApiError("NO_SUCH_USER", "No such user.", 404)


def api_notes_create(me, asked, call):
    known = {
        "visibility": is_one_of(VISIBILITIES),
        "visibleUserIds": is_ids(0, 10_000),
        "cw": nullable(is_text(1, MAX_CW)),
        "localOnly": is_bool,
        "reactionAcceptance": is_one_of([None, "likeOnly", "likeOnlyForRemote", "nonSensitiveOnly"]),
        "noExtractMentions": is_bool,
        "noExtractHashtags": is_bool,
        "noExtractEmojis": is_bool,
        "replyId": nullable(is_id),
        "renoteId": nullable(is_id),
        "channelId": nullable(is_id),
        "text": nullable(is_text(1, MAX_TEXT)),
        "fileIds": is_ids(1, MAX_FILES),
        "mediaIds": is_ids(1, MAX_FILES),
    }
    checked(asked, known)
    text, file_ids = asked.get("text"), asked.get("fileIds") or asked.get("mediaIds") or []
    if not file_ids and asked.get("renoteId") is None and not (text and text.strip(SPACE)):
        raise invalid("#/then/properties/text/pattern", 'must match pattern "[^\\s]+"')
    if any(files.get(one, {}).get("user") != me for one in file_ids):
        raise ApiError("NO_SUCH_FILE", "Some files are not found.")
    visibility = asked.get("visibility", "public")
    renote, reply, channel = None, None, asked.get("channelId")
    if channel is not None:
        raise ApiError("NO_SUCH_CHANNEL", "No such channel.")
    if asked.get("renoteId") is not None:
        renote = notes.get(asked["renoteId"])
        if renote is None:
            raise ApiError("NO_SUCH_RENOTE_TARGET", "No such renote target.")
        if is_pure_renote(renote):
            raise ApiError("CANNOT_RENOTE_TO_A_PURE_RENOTE", "You can not Renote a pure Renote.")
        if renote["visibility"] == "followers" and renote["user"] != me or renote["visibility"] == "specified":
            said = "You can not Renote due to target visibility."
            raise ApiError("CANNOT_RENOTE_DUE_TO_VISIBILITY", said)
    if asked.get("replyId") is not None:
        reply = notes.get(asked["replyId"])
        if reply is None:
            raise ApiError("NO_SUCH_REPLY_TARGET", "No such reply target.")
        if is_pure_renote(reply):
            raise ApiError("CANNOT_REPLY_TO_A_PURE_RENOTE", "You can not reply to a pure Renote.")
        if not sees(me, reply):
            raise ApiError("CANNOT_REPLY_TO_AN_INVISIBLE_NOTE", "You cannot reply to an invisible Note.")
        if reply["visibility"] == "specified" and visibility != "specified":
            code = "CANNOT_REPLY_TO_SPECIFIED_VISIBILITY_NOTE_WITH_EXTENDED_VISIBILITY"
            raise ApiError(code, "You cannot reply to a specified visibility note with extended visibility.")
    # What the server makes of it: an answer goes where what it answers is, and is no more public than that.
    local_only = asked.get("localOnly", False)
    visible = [one for one in asked.get("visibleUserIds", []) if one in users]
    if reply and reply["channelId"]:
        channel, visibility, visible, local_only = reply["channelId"], "public", [], True
    if reply and reply["visibility"] != "public" and visibility == "public":
        visibility = "home"
    if renote and renote["visibility"] != "public" and visibility == "public":
        visibility = "home"
    if renote and renote["visibility"] == "followers":
        visibility = "followers"
    if reply and reply["localOnly"] or renote and renote["localOnly"]:
        local_only = True
    if visibility == "specified" and reply and reply["user"] not in visible:
        visible.append(reply["user"])
    if call.fault == "widen":
        visibility = "public"
    if call.fault == "narrow":
        visibility = "followers"
    note = add_note(
        me,
        text=(text or "").strip(SPACE) or None,
        cw=asked.get("cw"),
        visibility=visibility,
        visibleUserIds=visible if visibility == "specified" else [],
        localOnly=local_only,
        replyId=asked.get("replyId"),
        renoteId=asked.get("renoteId"),
        channelId=channel,
        fileIds=file_ids,
    )
    entry = {
        **{name: note[name] for name in ("id", "text", "cw", "visibility", "visibleUserIds", "replyId", "renoteId")},
        "account": users[me]["username"],
        "userId": me,
        "asked_visibility": asked.get("visibility"),
        "fileIds": file_ids,
        "files": [{name: files[one][name] for name in ("md5", "comment", "isSensitive")} for one in file_ids],
        "channelId": channel,
        "token_in": call.token_in,
        "at_ms": note["at_ms"],
        "deleted": False,
    }
    log.append(entry)
    answer = note_json(note)
    if call.fault == "other_author":
        other = next(user for user in users.values() if user["id"] != me)
        answer["userId"], answer["user"] = other["id"], user_json(other)
    return {"createdNote": answer}


def visible_note(me, note_id):
    note = notes.get(note_id)
    if note is None or not sees(me, note):
        raise ApiError("NO_SUCH_NOTE", "No such note.")
    return note


def api_notes_show(me, asked, _call):
    checked(asked, {"noteId": is_id}, ["noteId"])
    return note_json(visible_note(me, asked["noteId"]))


def api_notes_delete(me, asked, _call):
    checked(asked, {"noteId": is_id}, ["noteId"])
    note = visible_note(me, asked["noteId"])
    if note["user"] != me:
        raise ApiError("ACCESS_DENIED", "Access denied.")
    del notes[note["id"]]
    for entry in log:
        if entry["id"] == note["id"]:
            entry["deleted"] = True
    return None


def api_users_notes(me, asked, call):
    number = is_number(0, 1 << 53)
    known = {
        "userId": is_id,
        "withReplies": is_bool,
        "withRenotes": is_bool,
        "withChannelNotes": is_bool,
        "withFiles": is_bool,
        "limit": is_number(1, 100),
        "sinceId": is_id,
        "untilId": is_id,
        "sinceDate": number,
        "untilDate": number,
        "allowPartial": is_bool,
    }
    checked(asked, known, ["userId"])
    if asked["userId"] not in users:
        raise ApiError("NO_SUCH_USER", "No such user.")
    if asked.get("withReplies") and asked.get("withFiles"):
        said = "Specifying both withReplies and withFiles is not supported"
        raise ApiError("BOTH_WITH_REPLIES_AND_WITH_FILES", said)
    since = asked.get("sinceId") or (id_at(asked["sinceDate"]) if "sinceDate" in asked else None)
    until = asked.get("untilId") or (id_at(asked["untilDate"]) if "untilDate" in asked else None)

    def listed(note):
        answered, renoted = notes.get(note["replyId"]), notes.get(note["renoteId"])
        return (
            note["user"] == asked["userId"]
            and sees(me, note)
            and (since is None or note["id"] > since)
            and (until is None or note["id"] < until)
            and (asked.get("withChannelNotes") or not note["channelId"])
            and (asked.get("withRenotes", True) or not is_pure_renote(note))
            and (asked.get("withReplies") or not note["replyId"] or (answered or {}).get("user") == note["user"])
            and (note["fileIds"] or not asked.get("withFiles"))
            and not (me and any(one and users[one["user"]]["muted"] for one in (answered, renoted)))
        )

    found = sorted((note for note in notes.values() if listed(note)), key=lambda note: note["id"])
    if call.fault == "stale" and since is None:
        found = found[:-1]
    if since is None or until is not None:
        found.reverse()
    return [note_json(note) for note in found[: asked.get("limit", 10)]]


def api_ap_show(me, asked, _call):
    checked(asked, {"uri": is_text(0, 10_000)}, ["uri"])
    url = urlsplit(asked["uri"])
    if url.scheme not in ("http", "https") or not url.netloc:
        raise ApiError("URI_INVALID", "URI is invalid.")
    if url.hostname == "down.example":
        raise ApiError("REQUEST_FAILED", "Request failed.")
    for note in notes.values():
        if asked["uri"] in (note["uri"], f"{here}/notes/{note['id']}") and sees(me, note):
            return {"type": "Note", "object": note_json(note)}
    for user in users.values():
        if asked["uri"] == f"{here}/users/{user['id']}":
            return {"type": "User", "object": user_json(user)}
    raise ApiError("NO_SUCH_OBJECT", "No such object.")


def kind_of(content):
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    raise ApiError("UNALLOWED_FILE_TYPE", "Cannot upload the file because it is an unallowed file type.")


def api_drive_create(me, asked, call):
    for name in ("isSensitive", "force"):
        if name in asked:
            if asked[name] not in ("true", "false"):
                raise invalid(name, "cannot cast to boolean")
            asked[name] = asked[name] == "true"
    known = {
        "folderId": nullable(is_id),
        "name": nullable(is_text(0, 200)),
        "comment": nullable(is_text(0, MAX_COMMENT)),
        "isSensitive": is_bool,
        "force": is_bool,
    }
    checked(asked, known)
    content = call.file["bytes"]
    name = (asked.get("name") or call.file["name"] or "untitled").strip()
    if len(name) > 200 or any(char in name for char in '\\/') or ".." in name:
        raise ApiError("INVALID_FILE_NAME", "Invalid file name.")
    if len(content) > MAX_FILE:
        said = "Cannot upload the file because it exceeds the maximum file size."
        raise ApiError("MAX_FILE_SIZE_EXCEEDED", said, 413)
    kind = kind_of(content)
    md5 = hashlib.md5(content).hexdigest()
    if not asked.get("force"):
        for file in files.values():
            if file["user"] == me and file["md5"] == md5:
                return file_json(file)
    file = {
        "id": new_id(),
        "user": me,
        "at_ms": now_ms(),
        "name": name,
        "type": kind,
        "md5": md5,
        "bytes": content,
        "comment": asked.get("comment"),
        "isSensitive": asked.get("isSensitive", False),
    }
    files[file["id"]] = file
    return file_json(file)


def api_drive_update(me, asked, _call):
    known = {
        "fileId": is_id,
        "folderId": nullable(is_id),
        "name": is_text(1, 200),
        "isSensitive": is_bool,
        "comment": nullable(is_text(0, MAX_COMMENT)),
    }
    checked(asked, known, ["fileId"])
    file = files.get(asked["fileId"])
    if file is None:
        raise ApiError("NO_SUCH_FILE", "No such file.")
    if file["user"] != me:
        raise ApiError("ACCESS_DENIED", "Access denied.")
    file.update({name: asked[name] for name in ("name", "isSensitive", "comment") if name in asked})
    return file_json(file)


# Endpoint, whether a token is needed, which permission, whether a file comes with it.
ENDPOINTS = {
    "meta": (api_meta, False, None, False),
    "i": (api_i, True, "read:account", False),
    "users/show": (api_users_show, False, None, False),
    "users/notes": (api_users_notes, False, None, False),
    "notes/create": (api_notes_create, True, "write:notes", False),
    "notes/show": (api_notes_show, False, None, False),
    "notes/delete": (api_notes_delete, True, "write:notes", False),
    "ap/show": (api_ap_show, True, "read:account", False),
    "drive/files/create": (api_drive_create, True, "write:drive", True),
    "drive/files/update": (api_drive_update, True, "write:drive", False),
}


class Call:
    """One call of an endpoint: what is planned to go wrong with it, and what came beside its parameters."""

    def __init__(self, endpoint):
        self.fault = None
        self.retry_after = 60
        self.token_in = None
        self.file = None
        for fault in faults:
            if fault["on"] in (endpoint, "*") and fault["times"] > 0:
                fault["times"] -= 1
                self.fault = fault["kind"]
                self.retry_after = fault.get("retry_after", 60)
                break


def multipart(kind, body):
    """The one file of a form, and its other fields."""
    found = re.search('boundary="?([^";]+)"?', kind)
    if not kind.startswith("multipart/form-data") or not found:
        return None, {}
    file, fields = None, {}
    for part in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        disposition = head.decode("utf-8", "replace")
        name = re.search('[; ]name="([^"]*)"', disposition)
        file_name = re.search('filename="([^"]*)"', disposition)
        if name is None:
            continue
        if file_name:
            if file is not None:
                return None, {}
            file = {"name": file_name[1], "bytes": content}
        elif name[1] in fields:
            return None, {}
        else:
            fields[name[1]] = content.decode("utf-8")
    return file, fields


PAGE = "<!DOCTYPE html><html><head><meta charset=utf-8><title>MiAuth</title></head><body>{}</body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ValueError):
            # The other side is gone, or what came of it makes no sense: there is nobody to answer.
            self.close_connection = True

    def say(self, code, value=None, kind="application/json; charset=utf-8", headers=()):
        body = b""
        if value is not None:
            body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        self.send_response(code)
        if code != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, text in headers:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def say_page(self, code, inside, headers=()):
        self.say(code, PAGE.format(inside).encode(), "text/html; charset=utf-8", headers)

    def say_error(self, error):
        self.say(error.status, error.body, headers=error.headers)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError
        return body

    def do_GET(self):
        url = urlsplit(self.path)
        with lock:
            if url.path == "/log":
                return self.say(200, log)
            if url.path == "/_faults":
                return self.say(200, [fault for fault in faults if fault["times"] > 0])
            if url.path == "/_drive":
                drive = [{**file_json(one), "account": users[one["user"]]["username"]} for one in files.values()]
                return self.say(200, drive)
            if url.path.startswith("/files/") and url.path[7:] in files:
                file = files[url.path[7:]]
                return self.say(200, file["bytes"], file["type"])
            if url.path.startswith("/notes/"):
                note = notes.get(url.path[7:])
                if note is None or note["visibility"] not in ("public", "home"):
                    return self.say_page(404, "<p>There is no such note.</p>")
                return self.say_page(200, f"<p>{html.escape(note['text'] or '')}</p>")
        if url.path.startswith("/miauth/"):
            return self.ask_the_person(url.path[8:], parse_qs(url.query))
        if url.path.startswith("/api/"):
            return self.say(405)
        return self.say_page(404, "<p>Not found.</p>")

    # MiAuth: the page, what the person clicked on it, and the question for the token.
    def ask_the_person(self, session, query):
        name = query.get("name", [""])[0]
        callback = query.get("callback", [""])[0]
        permissions = query.get("permission", [""])[0]
        wrong = self.wrong_session(session, name, callback, permissions.split(","))
        if wrong:
            return self.say_page(400, f"<p>{html.escape(wrong)}</p>")
        hidden = "".join(
            f'<input type="hidden" name="{field}" value="{html.escape(value)}">'
            for field, value in (("name", name), ("callback", callback), ("permission", permissions))
        )
        with lock:
            names = [user["username"] for user in users.values() if user["host"] is None]
        choice = "".join(f"<option>{one}</option>" for one in names)
        return self.say_page(
            200,
            f"<h1>{html.escape(name)}</h1><p>asks for {html.escape(permissions)}</p>"
            f'<form method="post" action="/miauth/{session}">{hidden}<select name="account">{choice}</select>'
            '<button name="answer" value="allow">Allow</button><button name="answer" value="deny">Deny</button></form>',
        )

    @staticmethod
    def wrong_session(session, name, callback, permissions):
        if not re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", session):
            return "The session is no UUID."
        if not name:
            return "Who asks?"
        if callback and urlsplit(callback).scheme not in ("http", "https"):
            return "The callback is no address."
        if not set(permissions) <= set(PERMISSIONS):
            return "There is no such permission."
        return None

    def person_answers(self, session, form):
        field = {name: values[0] for name, values in parse_qs(form.decode("utf-8")).items()}
        callback = field.get("callback", "")
        permissions = field.get("permission", "").split(",")
        wrong = self.wrong_session(session, field.get("name", ""), callback, permissions)
        if wrong:
            return self.say_page(400, f"<p>{html.escape(wrong)}</p>")
        if field.get("answer") != "allow":
            return self.say_page(200, "<p>Denied.</p>")
        with lock:
            wanted = field.get("account", "lane0")
            user = next((one["id"] for one in users.values() if (one["username"], one["host"]) == (wanted, None)), None)
            if user is None or session in sessions:
                return self.say_page(400, "<p>There is no such account, or the session was allowed before.</p>")
            token = f"miauth-token-{hashlib.sha256(session.encode()).hexdigest()[:24]}"
            tokens[token] = {"user": user, "permissions": permissions}
            sessions[session] = {"token": token, "user": user, "fetched": False}
        if not callback:
            return self.say_page(200, "<p>Allowed. Go back to the application.</p>")
        to = urlsplit(callback)
        pairs = [(name, value) for name, values in parse_qs(to.query).items() for value in values if name != "session"]
        query = urlencode([*pairs, ("session", session)])
        back = urlunsplit((to.scheme, to.netloc, to.path or "/", query, to.fragment))
        return self.say_page(302, "", [("Location", back)])

    def check(self, session):
        def once():
            found = sessions.get(session)
            if found is None or found["fetched"]:
                return {"ok": False}
            found["fetched"] = True
            return {"ok": True, "token": found["token"], "user": user_json(users[found["user"]])}

        with lock:
            call = Call("miauth/check")
        return self.answer(call, once)

    def do_POST(self):
        url = urlsplit(self.path)
        body = self.body()
        if url.path == "/_faults":
            asked = json.loads(body)
            with lock:
                faults.append({"times": 1, **asked})
            return self.say(200, {"ok": True})
        if url.path.startswith("/miauth/"):
            return self.person_answers(url.path[8:], body)
        if found := re.fullmatch("/api/miauth/([^/]+)/check", url.path):
            return self.check(found[1])
        endpoint = url.path.removeprefix("/api/")
        if not url.path.startswith("/api/") or endpoint not in ENDPOINTS:
            return self.say_error(ApiError("UNKNOWN_API_ENDPOINT", "Unknown API endpoint.", 404))
        with lock:
            call = Call(endpoint)
        return self.answer(call, lambda: self.invoke(endpoint, body, call))

    def answer(self, call, carry_out):
        """Carries a call out, or lets it go wrong as planned."""
        if call.fault == "500_before":
            return self.say_error(ApiError("INTERNAL_ERROR", "Internal error occurred.", 500, "server"))
        if call.fault == "drop_before":
            return self.drop()
        try:
            if call.fault == "rate_limit":
                raise rate_limited(call.retry_after)
            if call.fault == "unauthorized":
                raise authentication_failed()
            with lock:
                answer = carry_out()
        except ApiError as error:
            return self.say_error(error)
        if call.fault == "500_after":
            return self.say_error(ApiError("INTERNAL_ERROR", "Internal error occurred.", 500, "server"))
        if call.fault == "drop_after":
            return self.drop()
        if call.fault == "hang_after":
            time.sleep(120)
            return self.drop()
        if call.fault == "html":
            return self.say_page(200, "<h1>Welcome</h1>")
        if call.fault == "huge":
            return self.say(200, b'{"createdNote":"' + b"x" * (4 * 1024 * 1024) + b'"}')
        return self.say(204) if answer is None else self.say(200, answer)

    def invoke(self, endpoint, body, call):
        run, needs_token, permission, with_file = ENDPOINTS[endpoint]
        asked = self.parameters(body, call, with_file)
        given = asked.get("i")
        if given is not None:
            call.token_in = "body"
        bearer = self.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            given, call.token_in = bearer[7:], "header"
        if given is not None and given not in tokens:
            raise authentication_failed()
        if needs_token and given is None:
            said = [("WWW-Authenticate", 'Bearer realm="Misskey"')]
            raise ApiError("CREDENTIAL_REQUIRED", "Credential required.", 401, headers=said)
        token = tokens.get(given)
        if token and permission and permission not in token["permissions"]:
            said = "Your app does not have the necessary permissions to use this endpoint."
            raise ApiError("PERMISSION_DENIED", said, 403, "permission")
        return run(token["user"] if token else None, asked, call)

    def parameters(self, body, call, with_file):
        kind = self.headers.get("Content-Type", "")
        if with_file:
            call.file, asked = multipart(kind, body)
            if call.file is None:
                raise invalid("#/file", "must have one file, and every other field once")
            return asked
        if body and kind.split(";")[0].strip() != "application/json":
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", f"Unsupported Media Type: {kind}", 415)
        if len(body) > MAX_JSON:
            raise ApiError("REQUEST_TOO_LARGE", "Request body is too large.", 413)
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise invalid("#", "must be object")
        return asked


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def add_user(username, host=None, muted=False):
    user = {"id": new_id(), "username": username, "host": host, "muted": muted}
    users[user["id"]] = user
    return user["id"]


def main():
    global here
    lanes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.request_queue_size = 64
    here = f"http://127.0.0.1:{server.server_address[1]}"
    accounts = []
    for n in range(lanes):
        username = f"lane{n}"
        user = add_user(username)
        tokens[f"token-of-{username}"] = {"user": user, "permissions": PERMISSIONS}
        tokens[f"reader-of-{username}"] = {"user": user, "permissions": ["read:account"]}
        account = {"username": username, "id": user, "token": f"token-of-{username}"}
        accounts.append({**account, "reader": f"reader-of-{username}"})
    # Somebody of another server, with a note, somebody whom everybody here mutes, and a note in a channel here.
    bob = add_user("bob", "remote.example")
    carol = add_user("carol")
    remote = add_note(bob, text="from elsewhere", uri="https://remote.example/notes/bobs1")
    eve = add_user("eve", "remote.example", muted=True)
    muted = add_note(eve, text="unheard", uri="https://remote.example/notes/eves1")
    channel = add_note(carol, text="in a channel", channelId=new_id(), localOnly=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    ready = {
        "server": here,
        "accounts": accounts,
        "remote_note": remote["uri"],
        "muted_note": muted["uri"],
        "channel_note": f"{here}/notes/{channel['id']}",
        "max_text": MAX_TEXT,
    }
    print(json.dumps(ready), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
