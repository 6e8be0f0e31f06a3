"""One of the servers that speak Mastodon's API and are something else, with what it is known to do differently
(NETWORKS.md 3 and 10). Standard library only, nothing kept.

    python family_server.py DATA_FOLDER gotosocial|akkoma|pleroma|pixelfed|friendica|snac [LANES]

Prints one line of JSON with its address, software and accounts when ready, and ends when its standard input closes.

Beyond the API:
    GET  /log      every accepted post: account, text, what was asked, milliseconds since 1970
    POST /_faults  {"on": "POST /api/v1/statuses", "kind": KIND, "times": N}   `on` may end in `*`
                   {"clear": true}
    GET  /_faults  those that are left

KIND: 500_before and html (a page, with 200) and missing (404) and rate_limit and unauthorized do nothing of what was
asked; 500_after, drop_after, widen, other_author and huge do it, and then answer wrongly.

Who signs in by browser without one sends `account=NAME&decision=authorize|deny` to the address of the page.
"""

import base64
import hashlib
import html
import json
import os
import re
import sys
import threading
import time
from datetime import datetime, timezone
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

BY_HAND = "urn:ietf:wg:oauth:2.0:oob"
AFTER = {"500_after", "drop_after", "widen", "other_author", "huge"}

# What is said of limits, by the software.
CONFIGURATION = {
    "gotosocial": {
        "statuses": {"max_characters": 5000, "max_media_attachments": 6, "characters_reserved_per_url": 25},
        "media_attachments": {"image_size_limit": 41943040, "description_limit": 5000},
    },
    "akkoma": {"statuses": {"max_characters": 5000, "max_media_attachments": 16}},
    "pleroma": {"statuses": {"max_characters": 5000, "max_media_attachments": 16}},
    "pixelfed": {
        "statuses": {"max_characters": 500, "max_media_attachments": 4},
        "media_attachments": {"image_size_limit": 15000000},
    },
    "friendica": {"statuses": {"max_characters": 200000, "max_media_attachments": 4}},
    "snac": {
        "statuses": {"max_characters": 100000, "max_media_attachments": 4},
        "media_attachments": {"image_size_limit": 16777216},
    },
}

lock = threading.Lock()
software = "gotosocial"
here = threading.local()  # .url: the address that whoever asks knows it by
accounts = {}  # name: id
tokens = {}  # token: {"account", "client_id", "scopes"}
apps = {}  # client_id: {"secret", "redirects", "scopes", "name"}
codes = {}  # code: {"client_id", "redirect", "account", "challenge", "scopes"}
media = {}  # id: {"account", "description", "bytes"}
keys = set()  # Pixelfed's, of accounts
answers = {}  # key: what Akkoma and Pleroma answered it with
answering = set()  # keys that Pleroma has not answered yet
log = []
faults = []
drawn = [0]


class Answer(Exception):
    """What is answered instead of the usual. `value` None: an empty body."""

    def __init__(self, code, value=None, headers=()):
        super().__init__(code)
        self.code, self.value, self.headers = code, value, headers


def now_ms():
    return time.time_ns() // 1_000_000


def draw(prefix):
    with lock:
        drawn[0] += 1
        return f"{prefix}-{drawn[0]}-{os.urandom(8).hex()}"


def status_id(number):
    if software == "gotosocial":
        return f"01JD{number:022d}"
    if software in ("akkoma", "pleroma"):
        return f"Afl{number:015d}"
    if software == "snac":
        return f"{1_700_000_000 + number}{hashlib.md5(str(number).encode()).hexdigest()}"
    return str(800_000_000_000 + number)


def account_id(number):
    if software == "gotosocial":
        return f"01AC{number:022d}"
    if software in ("akkoma", "pleroma"):
        return f"Aac{number:015d}"
    if software == "snac":
        return hashlib.md5(f"account {number}".encode()).hexdigest()
    return str(100 + number)


def page_of(name, number):
    """Friendica's and snac's pages have names of their own; the others' end in the post's id."""
    if software == "friendica":
        return f"{here.url}/display/{hashlib.md5(str(number).encode()).hexdigest()}"
    if software == "snac":
        return f"{here.url}/{name}/p/{1_700_000_000 + number}.{number:06d}"
    if software == "pixelfed":
        return f"{here.url}/p/{name}/{status_id(number)}"
    if software in ("akkoma", "pleroma"):
        return f"{here.url}/notice/{status_id(number)}"
    return f"{here.url}/@{name}/statuses/{status_id(number)}"


def account_json(name):
    acct = f"{name}@{urlsplit(here.url).netloc}" if software == "snac" else name
    return {"id": accounts[name], "username": name, "acct": acct, "display_name": name, "url": f"{here.url}/@{name}"}


def content_html(text):
    """Friendica and snac take some marks for formatting; Pixelfed drops what looks like a tag."""
    if software == "pixelfed":
        return html.escape(re.sub(r"<[^>]*>", "", text))
    text = html.escape(text)
    if software in ("friendica", "snac"):
        text = re.sub(r"\*\*([^*\n]+)\*\*", r"<b>\1</b>", text)
        text = re.sub(r"\*([^*\n]+)\*", r"<i>\1</i>", text)
        text = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", text)
    return "<p>" + text.replace("\n\n", "</p><p>").replace("\n", "<br>") + "</p>"


def attachments(entry):
    url = f"{here.url}/media/{{}}"
    if software == "snac":
        return [{"id": f"{entry['url']}_{n}", "type": "image", "url": url.format(m)} for n, m in enumerate(entry["media"])]
    if software == "friendica":
        # A post's own, not the upload's.
        return [{"id": f"9{m}", "type": "image", "url": url.format(m)} for m in entry["media"]]
    return [{"id": m, "type": "image", "url": url.format(m)} for m in entry["media"]]


def post_of(made):
    return next((e for e in log if e["id"] == made and not e["deleted_at_ms"]), None)


def repost_of(name, of):
    return next((e for e in log if (e["account"], e["repost_of"]) == (name, of) and not e["deleted_at_ms"]), None)


def status_json(entry, name):
    """As `name` reads it."""
    original = post_of(entry["repost_of"])
    if original and software not in ("gotosocial", "akkoma", "pleroma"):
        # No status of its own: what it reposts, which the account reposts.
        return status_json(original, name)
    said = {
        "id": entry["id"],
        "uri": entry["url"],
        "url": entry["url"],
        "created_at": datetime.fromtimestamp(entry["at_ms"] / 1000, timezone.utc).isoformat(timespec="milliseconds"),
        "content": content_html(entry["text"]),
        "visibility": entry["visibility"],
        "in_reply_to_id": entry["in_reply_to_id"],
        "spoiler_text": entry["spoiler_text"],
        "sensitive": entry["sensitive"],
        "media_attachments": attachments(entry),
        "account": account_json(entry["account"]),
        "reblog": status_json(original, name) if original else None,
        "reblogged": repost_of(name, entry["id"]) is not None,
    }
    if entry["quote_of"]:
        quoted = post_of(entry["quote_of"])
        said["quote"] = status_json(quoted, name) if quoted else None
    if software in ("gotosocial", "snac"):
        said["text"] = entry["text"]
    if software == "friendica":
        said["friendica"] = {"title": entry["title"]}
    return said


def instance(version):
    host = urlsplit(here.url).netloc
    said = {"title": software, "version": f"4.0 (compatible; {software})", "configuration": CONFIGURATION[software]}
    if software == "friendica":
        said["friendica"] = {"version": "2024.12", "codename": "Yellow Archangel", "db_version": 1573}
    return {"domain": host, **said} if version == 2 else {"uri": host, **said}


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

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def do_DELETE(self):
        self.serve()

    # One request.

    def serve(self):
        self.url = urlsplit(self.path)
        here.url = f"http://{self.headers.get('Host')}"
        self.query = dict(parse_qsl(self.url.query))
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length)
        if len(self.body) < length:
            self.close_connection = True
            return
        if self.url.path == "/_faults":
            return self.say(200, self.change_faults())
        if self.url.path == "/log":
            with lock:
                return self.say(200, log)
        fault = self.fault()
        self.kind = fault["kind"] if fault else None
        try:
            if fault and self.kind not in AFTER:
                self.fail(fault)
            answer = self.route()
        except Answer as other:
            return self.say(other.code, other.value, other.headers)
        if self.kind == "drop_after":
            self.close_connection = True
            return None
        if self.kind == "500_after":
            return self.say(500, {"error": "Internal server error"})
        if self.kind == "other_author":
            answer = {**answer, "account": {**answer["account"], "id": account_id(999), "acct": "somebody"}}
        if self.kind == "huge":
            answer = {**answer, "padding": "x" * (2 * 1024 * 1024)}
        return self.say(200, answer)

    def say(self, code, value=None, headers=()):
        if isinstance(value, str):
            body, kind = value.encode(), "text/html; charset=utf-8"
        elif value is None:
            body, kind = b"", None
        elif software == "pixelfed" and code >= 400 and "json" not in self.headers.get("Accept", ""):
            body, kind = f"<h1>{code}</h1>".encode(), "text/html; charset=utf-8"
        else:
            body, kind = json.dumps(value).encode(), "application/json"
        self.send_response(code)
        if kind:
            self.send_header("Content-Type", kind)
        for name, content in headers:
            self.send_header(name, content)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # Faults.

    def change_faults(self):
        if self.command == "POST":
            asked = json.loads(self.body)
            with lock:
                if asked.get("clear"):
                    faults.clear()
                else:
                    faults.append({"times": 1, **asked})
        with lock:
            return [fault for fault in faults if fault["times"] > 0]

    def fault(self):
        asked = f"{self.command} {self.url.path}"
        with lock:
            for fault in faults:
                on = fault["on"]
                hit = asked.startswith(on[:-1]) if on.endswith("*") else asked == on
                if hit and fault["times"] > 0:
                    fault["times"] -= 1
                    return fault
        return None

    def fail(self, fault):
        if self.kind == "500_before":
            raise Answer(500, {"error": "Internal server error"})
        if self.kind == "html":
            raise Answer(200, "<!doctype html><title>Just a moment</title>")
        if self.kind == "missing":
            raise Answer(404, None if software == "snac" else {"error": "Record not found"})
        if self.kind == "rate_limit":
            raise Answer(429, {"error": "Too many requests"}, [("Retry-After", str(fault.get("seconds", 5)))])
        if self.kind == "unauthorized":
            raise self.unauthorized()
        raise Answer(400, {"error": f"no such fault: {self.kind}"})

    def unauthorized(self):
        if software == "snac":
            return Answer(422)
        words = "Unauthenticated." if software == "pixelfed" else "Unauthorized: token not recognized"
        return Answer(401, {"error": words})

    # What there is.

    def route(self):
        method, path = self.command, self.url.path
        missing = Answer(404, None if software == "snac" else {"error": "Record not found"})
        if method == "GET":
            if path == "/.well-known/nodeinfo":
                rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
                return {"links": [{"rel": rel, "href": f"{here.url}/nodeinfo/2.0"}]}
            if path == "/nodeinfo/2.0":
                return {"version": "2.0", "software": {"name": software, "version": "0"}, "protocols": ["activitypub"]}
            if path == "/api/v2/instance" and software != "snac":
                return instance(2)
            if path == "/api/v1/instance":
                return instance(1)
            if path == "/oauth/authorize":
                raise Answer(200, self.page())
        if method == "POST":
            if path == "/api/v1/apps":
                return self.register()
            if path == "/oauth/authorize":
                raise self.decide()
            if path == "/oauth/token":
                return self.exchange()
            if path == "/oauth/revoke":
                return self.revoke()
        if not path.startswith("/api/") or path == "/api/v2/instance":
            raise missing
        name = self.name()
        parts = path.strip("/").split("/")
        if (method, path) == ("GET", "/api/v1/accounts/verify_credentials"):
            return account_json(name)
        if (method, path) == ("POST", "/api/v1/statuses"):
            return self.post_once(name) if software in ("akkoma", "pleroma") else self.post(name)
        if method == "POST" and path in ("/api/v1/media", "/api/v2/media"):
            return self.upload(name)
        if (method, path) == ("GET", "/api/v2/search"):
            with lock:
                found = [e for e in log if e["url"] == self.query.get("q") and not e["deleted_at_ms"]]
            return {"accounts": [], "hashtags": [], "statuses": [status_json(e, name) for e in found]}
        if method == "GET" and parts[:3] == ["api", "v1", "accounts"] and parts[-1] == "statuses":
            return self.own(parts[3], name)
        if method == "GET" and parts[:3] == ["api", "v1", "media"] and software != "snac":
            known = media.get(parts[3])
            if known and known["account"] == name:
                return self.media_json(parts[3])
        if method == "POST" and parts[:3] == ["api", "v1", "statuses"] and parts[4:] in (["reblog"], ["unreblog"]):
            return self.repost(name, parts[3], parts[4] == "reblog", missing)
        if parts[:3] == ["api", "v1", "statuses"] and len(parts) == 4:
            with lock:
                there = [e for e in log if e["id"] == parts[3] and not e["deleted_at_ms"]]
            if there and method == "GET":
                return status_json(there[0], name)
            if there and method == "DELETE" and software != "snac" and there[0]["account"] == name:
                there[0]["deleted_at_ms"] = now_ms()
                return status_json(there[0], name) if software in ("gotosocial", "akkoma", "pleroma") else {}
        raise missing

    def name(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with lock:
            known = tokens.get(token)
        if known is None:
            raise self.unauthorized()
        return known["account"]

    def fields(self):
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            return json.loads(self.body)
        if kind.startswith("application/x-www-form-urlencoded"):
            asked = parse_qs(self.body.decode(), keep_blank_values=True)
            return {n.removesuffix("[]"): v if n.endswith("[]") else v[0] for n, v in asked.items()}
        return {}

    # Posts.

    def post_once(self, name):
        """A key is answered with what it was answered before; Pleroma also turns away one that it has no answer to yet."""
        key = self.headers.get("Idempotency-Key")
        if not key:
            return self.post(name)
        with lock:
            if key in answers:
                return answers[key]
            if key in answering and software == "pleroma":
                raise Answer(409, {"error": "An identical request is still being processed"})
            answering.add(key)
        try:
            made = self.post(name)
            with lock:
                answers[key] = made
        finally:
            with lock:
                answering.discard(key)
        return made

    def post(self, name):
        asked = self.fields()
        text, cw = asked.get("status") or "", asked.get("spoiler_text") or ""
        wanted, reply = asked.get("visibility") or "public", asked.get("in_reply_to_id")
        uploads, key = asked.get("media_ids") or [], self.headers.get("Idempotency-Key")
        if software == "pixelfed":
            if len(cw) > 140:
                words = "The spoiler text may not be greater than 140 characters."
                raise Answer(422, {"message": words, "errors": {"spoiler_text": [words]}})
            if wanted == "direct":
                raise Answer(400, {"error": "Direct visibility is not available."})
            with lock:
                # Kept before anything is made: a first try that fails has used it up.
                if key and (name, key) in keys:
                    raise Answer(400, {"error": "Duplicate idempotency key."})
                keys.add((name, key))
            if not uploads and not reply:
                raise Answer(403, {"error": "Empty statuses are not allowed"})
        most = CONFIGURATION[software]["statuses"]["max_characters"]
        if software == "gotosocial":
            length = len(re.sub(r"https?://\S+", "x" * 25, text)) + len(cw)
        else:
            length = len(text)
        if length > most:
            raise Answer(422, {"error": f"Unprocessable Entity: {length} characters, {most} allowed"})
        if not text and not uploads:
            raise Answer(422, None if software == "snac" else {"error": "Unprocessable Entity: no text and no media"})
        with lock:
            if any(m not in media or media[m]["account"] != name for m in uploads):
                raise Answer(422, {"error": "Unprocessable Entity: unknown media"})
            if reply and not any(e["id"] == reply and not e["deleted_at_ms"] for e in log):
                raise Answer(404, {"error": "Record not found"})
            if software == "friendica" and asked.get("quote_id") and post_of(asked["quote_id"]) is None:
                raise Answer(404, {"error": "Record not found"})
            number = len(log) + 1
            entry = {
                "id": status_id(number),
                "account": name,
                "text": text,
                "spoiler_text": cw,
                "sensitive": bool(asked.get("sensitive")),
                "title": "",
                "asked_visibility": wanted,
                "visibility": wanted,
                "in_reply_to_id": reply,
                "media": uploads,
                "alts": [media[m]["description"] for m in uploads],
                "quote_of": asked.get("quote_id") if software == "friendica" else None,
                "repost_of": None,
                "idempotency_key": key,
                "url": page_of(name, number),
                "at_ms": now_ms(),
                "deleted_at_ms": None,
            }
            if software == "friendica" and not reply:
                entry.update(title=cw, spoiler_text="", sensitive=False)
            if self.kind == "widen" or (software == "snac" and wanted == "unlisted"):
                entry["visibility"] = "public"
            log.append(entry)
        return status_json(entry, name)

    def repost(self, name, of, wanted, missing):
        asked = self.fields().get("visibility")
        with lock:
            original, there = post_of(of), repost_of(name, of)
            if original is None or original["visibility"] not in ("public", "unlisted"):
                raise missing
            if wanted and there is None:
                number = len(log) + 1
                there = {**original, "id": status_id(number), "account": name, "text": "", "spoiler_text": "", "media": []}
                there["alts"] = []
                there |= {"repost_of": of, "quote_of": None, "in_reply_to_id": None, "url": page_of(name, number)}
                there |= {"idempotency_key": None, "at_ms": now_ms(), "asked_visibility": asked}
                if asked and software in ("akkoma", "pleroma"):
                    # They know public and private alone.
                    there["visibility"] = "public" if asked in ("public", "unlisted") else "private"
                log.append(there)
            elif not wanted and there is not None:
                there["deleted_at_ms"] = now_ms()
        return status_json(there if wanted else original, name)

    def own(self, account, name):
        with lock:
            found = [e for e in log if accounts[e["account"]] == account and not e["deleted_at_ms"]]
            if self.query.get("exclude_reblogs") == "true":
                found = [e for e in found if not e["repost_of"]]
            order = {e["id"]: n for n, e in enumerate(log)}
        since = order.get(self.query.get("since_id"), -1)
        before = order.get(self.query.get("max_id"), len(order))
        found = [e for e in found if since < order[e["id"]] < before]
        found = found[::-1][: int(self.query.get("limit", "20"))]
        return [status_json(e, name) for e in found]

    def upload(self, name):
        kind = self.headers.get("Content-Type", "")
        form = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.body)
        parts = form.get_payload() if form.is_multipart() else []
        fields = {part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True) for part in parts}
        if not fields.get("file"):
            raise Answer(400 if software == "snac" else 422, {"error": "no file"})
        with lock:
            made = f"post-{hashlib.md5(str(len(media)).encode()).hexdigest()}.png" if software == "snac" else str(1000 + len(media))
            media[made] = {
                "account": name,
                "description": fields.get("description", b"").decode(),
                "bytes": len(fields["file"]),
            }
        return self.media_json(made)

    def media_json(self, made):
        url = f"{here.url}/media/{made}"
        return {"id": made, "type": "image", "url": url, "description": media[made]["description"]}

    # Signing in.

    def register(self):
        asked = self.fields()
        redirects = asked.get("redirect_uris") or ""
        redirects = redirects if isinstance(redirects, list) else redirects.split()
        if not asked.get("client_name") or not redirects:
            raise Answer(422, {"error": "client_name and redirect_uris are needed"})
        made = {
            "secret": draw("secret"),
            "redirects": redirects,
            "scopes": asked.get("scopes") or "read",
            "name": asked["client_name"],
        }
        with lock:
            client = str(len(apps) + 1) if software == "pixelfed" else f"client-{len(apps) + 1}"
            apps[client] = made
        return {
            "id": client,
            "name": made["name"],
            "website": None,
            "redirect_uri": "\n".join(redirects),
            "client_id": client,
            "client_secret": made["secret"],
        }

    def asking(self):
        """The app that asks, and its address, if both are known."""
        app = apps.get(self.query.get("client_id"))
        redirect = self.query.get("redirect_uri")
        if app is None or redirect not in app["redirects"]:
            raise Answer(400, "<!doctype html><title>Error</title><p>Unknown app, or an address that it does not have.</p>")
        return app, redirect

    def page(self):
        app, _ = self.asking()
        names = "".join(f"<option>{html.escape(name)}</option>" for name in accounts)
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Authorize</title>"
            f"<h1>{html.escape(app['name'])} wants to use your account</h1><p>{html.escape(self.query.get('scope', 'read'))}</p>"
            f"<form method=post action='{html.escape(self.path, quote=True)}'>"
            f"<p><label>Account <select name=account>{names}</select></label></p>"
            "<p><button name=decision value=authorize>Authorize</button> "
            "<button name=decision value=deny>Deny</button></p></form>"
        )

    def decide(self):
        app, redirect = self.asking()
        asked = self.fields()
        scopes = (self.query.get("scope") or "read").split()
        told = {}
        if self.query.get("response_type") != "code":
            told["error"] = "unsupported_response_type"
        elif software == "pixelfed" and not set(scopes) <= {"read", "write", "follow", "push"}:
            told["error"] = "invalid_scope"
        elif asked.get("decision") != "authorize" or asked.get("account") not in accounts:
            told["error"] = "access_denied"
        else:
            told["code"] = draw("code")
            with lock:
                codes[told["code"]] = {
                    "client_id": self.query["client_id"],
                    "redirect": redirect,
                    "account": asked["account"],
                    "challenge": self.query.get("code_challenge"),
                    "scopes": " ".join(scopes),
                }
        if redirect == BY_HAND:
            shown = told.get("code") or told["error"]
            return Answer(200, f"<!doctype html><title>Code</title><p><code>{shown}</code></p>")
        if "state" in self.query:
            told["state"] = self.query["state"]
        mark = "&" if urlsplit(redirect).query else "?"
        return Answer(302, None, [("Location", redirect + mark + urlencode(told))])

    def exchange(self):
        asked = self.fields()
        app = apps.get(asked.get("client_id"))
        if app is None or app["secret"] != asked.get("client_secret"):
            raise Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        with lock:
            known = codes.pop(asked.get("code"), None)
        right = (
            known
            and asked.get("grant_type") == "authorization_code"
            and known["client_id"] == asked["client_id"]
            and known["redirect"] == asked.get("redirect_uri")
        )
        # The others know no PKCE, or are not known to.
        if right and software == "pixelfed" and known["challenge"]:
            digest = hashlib.sha256((asked.get("code_verifier") or "").encode()).digest()
            right = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == known["challenge"]
        if not right:
            raise Answer(400, {"error": "invalid_grant", "error_description": "The code is not valid"})
        token = draw("token")
        with lock:
            tokens[token] = {"account": known["account"], "client_id": asked["client_id"], "scopes": known["scopes"]}
        said = {"access_token": token, "token_type": "Bearer", "scope": known["scopes"], "created_at": now_ms() // 1000}
        return {**said, "expires_in": 31_536_000} if software == "pixelfed" else said

    def revoke(self):
        asked = self.fields()
        app = apps.get(asked.get("client_id"))
        if app is None or app["secret"] != asked.get("client_secret"):
            raise Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        with lock:
            known = tokens.get(asked.get("token"))
            if known and known["client_id"] == asked["client_id"]:
                del tokens[asked["token"]]
        return {}


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    global software
    if len(sys.argv) < 3 or sys.argv[2] not in CONFIGURATION:
        sys.exit(__doc__)
    software = sys.argv[2]
    lanes = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    for n in range(lanes):
        accounts[f"lane{n}"] = account_id(n)
        tokens[f"token-of-lane{n}"] = {"account": f"lane{n}", "client_id": None, "scopes": "read write"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=end_with_stdin, daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    known = [{"username": name, "token": f"token-of-{name}"} for name in accounts]
    print(json.dumps({"server": here.url, "software": software, "accounts": known}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
