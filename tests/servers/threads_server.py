"""A stand-in for the Threads API that is as strict as its documentation: containers are made, become finished, and are
published once; texts and links are counted; what is answered has to be there; unknown parameters and fields are refused.
Standard library only, nothing kept.

    python threads_server.py DATA_FOLDER [POSTS_A_DAY]

Prints one line of JSON with its address, registration and accounts when ready, and ends when its standard input closes.
Beyond the API: /log answers every post that was published, with milliseconds since 1970, and
POST /_faults {"on": "POST /{user}/threads_publish", "kind": KIND, "times": N} makes the next N such calls go wrong. In `on`, a
person's id (or `me`) before something is {user}, any other id is {id}, and versions are left out: "GET /{id}", "GET /me",
"POST /{user}/threads", "POST /{id}/repost", "GET /{user}/replies", "GET /access_token".

    500_before     answers 500, nothing was done      500_after      it was done, and the answer is 500
    drop_before    hangs up, nothing was done         drop_after     it was done, and the connection is cut
    rate_limit     code 4 with Retry-After: 60        unauthorized   code 190, nothing was done
    other_author   done for another account           html           a page of somebody else's, nothing was done
    huge           it was done, and the answer is longer than anybody reads
    unknown_yet    code 24: the container is not known here yet, nothing was done
    fails          (on making a container) it ends in ERROR
    expires        (on making a container) it is EXPIRED at once
"""

import json
import os
import re
import secrets
import sys
import threading
import time
import unicodedata
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET, REDIRECT = "100200300", "test-secret-1", "https://app.example/back"
SCOPES = {"threads_basic", "threads_content_publish", "threads_manage_replies", "threads_read_replies", "threads_delete",
          "threads_manage_insights"}
TEXT_MOST, LINKS_MOST, POSTS_A_DAY, REPLIES_A_DAY = 500, 5, 250, 1000
BEING_MADE_S = 0.3
DAY_S = 86_400
LONG_S, SHORT_S = 60 * DAY_S, 3_600
MOST_BODY = 1024 * 1024
FIELDS = {"id", "media_product_type", "media_type", "permalink", "owner", "username", "text", "timestamp", "shortcode",
          "is_reply", "replied_to", "root_post", "is_quote_post", "quoted_post", "reposted_post", "has_replies"}
OF_REPLIES = {"replied_to", "root_post"}
# What is documented of the list of posts, and not of answers.
OF_THREADS = {"quoted_post", "reposted_post"}

lock = threading.RLock()
log = []
faults = []
people = {"alice": "17841400000000001", "bob": "17841400000000002"}
# A token: whose, of which kind, made and ending when. Those of the start are two days old, so that they may be renewed.
tokens = {}
codes = {}
containers = {}
next_id = 18_000_000_000_000_000


class Refused(Exception):
    """A refusal in Graph's shape."""

    def __init__(self, message, code, subcode=None, status=400, title=None):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "OAuthException", "code": code, "is_transient": False,
                               "fbtrace_id": "A" + secrets.token_hex(8)}}
        if subcode:
            self.body["error"]["error_subcode"] = subcode
        if title:
            self.body["error"]["error_user_title"] = title
            self.body["error"]["error_user_msg"] = title


class NotGranted(Exception):
    """A refusal of the token endpoint's own."""

    def __init__(self, message):
        super().__init__(message)
        self.body = {"error_type": "OAuthException", "code": 400, "error_message": message}


def new_id():
    global next_id
    next_id += 7
    return str(next_id)


def give_token(person, long, made=None):
    made = time.time() if made is None else made
    token = "TH" + secrets.token_urlsafe(48)
    tokens[token] = {"person": person, "long": long, "made": made, "ends": made + (LONG_S if long else SHORT_S)}
    return token


def is_emoji(c):
    code = ord(c)
    return (code >= 0x1F000 or 0x2600 <= code <= 0x27BF or code in (0x200D, 0xFE0F, 0x20E3)
            or (unicodedata.category(c) == "So" and code > 0xFF))


def length_of(text):
    return sum(len(c.encode()) if is_emoji(c) else 1 for c in text)


def no_such(id_):
    return Refused(f"Unsupported request. Object with ID '{id_}' does not exist, cannot be loaded due to missing permissions, "
                   "or does not support this operation", 100, 33)


def not_found_media(id_):
    return Refused("The requested resource does not exist", 24, 4279009, title=f"The media with id {id_} cannot be found.")


def only(params, allowed):
    for name in params:
        if name not in allowed and name != "access_token":
            raise Refused(f"Param {name} is not one of those expected", 100)


def state_of(container):
    if container["status"] == "IN_PROGRESS" and time.monotonic() - container["made"] >= BEING_MADE_S:
        container["status"] = "FINISHED"
    if container["status"] == "FINISHED" and time.monotonic() - container["made"] >= DAY_S:
        container["status"] = "EXPIRED"
    return container["status"]


def post_of(id_):
    return next((entry for entry in log if entry["id"] == id_ and not entry["deleted"]), None)


def shown(entry, fields, here):
    code = "C" + entry["id"][-9:]
    known = {
        "id": entry["id"],
        "media_product_type": "THREADS",
        "media_type": "REPOST_FACADE" if entry["repost_of"] else "TEXT_POST",
        "permalink": f"{here}/@{entry['account']}/post/{code}",
        "owner": {"id": people[entry["account"]]},
        "username": entry["account"],
        "text": entry["text"],
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(entry["at_ms"] / 1000)),
        "shortcode": code,
        "is_reply": entry["reply_to"] is not None,
        "is_quote_post": entry["quote_of"] is not None,
        "has_replies": any(other["reply_to"] == entry["id"] for other in log),
    }
    if entry["reply_to"] is not None:
        known["replied_to"] = {"id": entry["reply_to"]}
        known["root_post"] = {"id": root_of(entry)}
        del known["owner"]
    for name, of in (("quoted_post", entry["quote_of"]), ("reposted_post", entry["repost_of"])):
        if of is not None:
            known[name] = {"id": of}
    if entry["repost_of"] is not None:
        del known["text"]
    return {name: known[name] for name in {"id", *fields} if name in known}


def root_of(entry):
    while entry is not None and entry["reply_to"] is not None:
        above = next((other for other in log if other["id"] == entry["reply_to"]), None)
        if above is None:
            return entry["reply_to"]
        entry = above
    return entry["id"]


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

    def say(self, status, headers, body):
        if body is None:
            body, kind = b"", None
        elif isinstance(body, (bytes, str)):
            body, kind = body.encode() if isinstance(body, str) else body, "text/html; charset=utf-8"
        else:
            body, kind = json.dumps(body).encode(), "application/json; charset=UTF-8"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def here(self):
        return f"http://{self.headers.get('Host')}"

    def serve(self):
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or "0")
        if length > MOST_BODY:
            self.close_connection = True
            return self.say(413, {}, None)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        parts = [part for part in url.path.split("/") if part]
        if parts and re.fullmatch(r"v\d+\.\d+", parts[0]):
            parts = parts[1:]
        with lock:
            if url.path == "/log":
                return self.say(200, {}, log)
            if url.path == "/_faults" and self.command == "POST":
                faults.append({"times": 1, **json.loads(body)})
                return self.say(200, {}, faults)
            kind = self.take_fault(parts)
            if kind == "500_before":
                return self.say(500, {}, {"error": {"message": "An unknown error occurred", "type": "OAuthException", "code": 1}})
            if kind == "drop_before":
                self.close_connection = True
                return None
            if kind == "html":
                return self.say(200, {}, "<!doctype html><title>Sign in to the network</title>")
            headers = {"Retry-After": "60"} if kind == "rate_limit" else {}
            try:
                if kind == "rate_limit":
                    raise Refused("Application request limit reached", 4)
                if kind == "unauthorized":
                    raise Refused("Error validating access token: Session has expired", 190, 463, status=401)
                if kind == "unknown_yet":
                    raise not_found_media("that was made a moment ago")
                params = self.params(url, body)
                status, headers, answer = self.route(parts, params, kind)
            except Refused as refused:
                status, answer = refused.status, refused.body
            except NotGranted as refused:
                status, answer = 400, refused.body
        if kind == "500_after":
            return self.say(500, {}, {"error": {"message": "An unknown error occurred", "type": "OAuthException", "code": 1}})
        if kind == "drop_after":
            self.close_connection = True
            return None
        if kind == "huge":
            return self.say(status, headers, b"x" * (2 * 1024 * 1024))
        return self.say(status, headers, answer)

    do_GET = do_POST = do_DELETE = serve

    def take_fault(self, parts):
        ids = {*people.values(), "me"}
        if len(parts) == 2 and parts[0] in ids:
            parts = ["{user}", parts[1]]
        elif len(parts) == 2 and parts[0].isdigit():
            parts = ["{id}", parts[1]]
        elif len(parts) == 1 and parts[0].isdigit():
            parts = ["{id}"]
        asked = f"{self.command} /{'/'.join(parts)}"
        for fault in faults:
            if fault["times"] > 0 and fault["on"] == asked:
                fault["times"] -= 1
                return fault["kind"]
        return None

    def params(self, url, body):
        params = parse_qsl(url.query, keep_blank_values=True)
        if body:
            kind = self.headers.get("Content-Type", "").split(";")[0].strip()
            if kind != "application/x-www-form-urlencoded":
                raise Refused("(#100) The body has to be a form", 100)
            params += parse_qsl(body.decode(), keep_blank_values=True)
        if len({name for name, _ in params}) != len(params):
            raise Refused("(#100) A parameter was given twice", 100)
        return dict(params)

    def person(self, params):
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        known = tokens.get(params.get("access_token", bearer))
        if known is None:
            raise Refused("Invalid OAuth access token - Cannot parse access token", 190)
        if known["ends"] <= time.time():
            raise Refused("Error validating access token: Session has expired", 190, 463)
        return known["person"]

    def route(self, parts, params, kind):
        path = "/".join(parts)
        if path == "oauth/authorize" and self.command in ("GET", "POST"):
            return self.authorize(params)
        if (self.command, path) == ("POST", "oauth/access_token"):
            return self.grant(params)
        if (self.command, path) == ("GET", "access_token"):
            return self.exchange(params)
        if (self.command, path) == ("GET", "refresh_access_token"):
            return self.renew(params)
        person = self.person(params)
        if kind == "other_author":
            person = another(person)
            if len(parts) == 2:
                parts = ["me", parts[1]]
        if not parts or len(parts) > 2:
            raise no_such(path)
        if len(parts) == 1:
            if parts[0] in ("me", people[person]) and self.command == "GET":
                return self.profile(person, params)
            if self.command == "DELETE":
                return self.delete(person, parts[0], params)
            if self.command == "GET":
                return self.read(person, parts[0], params)
            raise no_such(parts[0])
        who, what = parts
        if (self.command, what) == ("POST", "repost"):
            return self.repost(person, who, params)
        if who not in ("me", people[person]):
            raise no_such(who)
        if (self.command, what) == ("POST", "threads"):
            return self.make(person, params, kind)
        if (self.command, what) == ("POST", "threads_publish"):
            return self.publish(person, params)
        if self.command == "GET" and what in ("threads", "replies"):
            return self.listing(person, params, what == "replies")
        if (self.command, what) == ("GET", "threads_publishing_limit"):
            return 200, {}, {"data": [{"quota_usage": self.used(person, False), "reply_quota_usage": self.used(person, True)}]}
        raise Refused(f"Unknown path components: /{what}", 2500)

    def profile(self, person, params):
        only(params, ["fields"])
        known = {"id": people[person], "username": person, "name": person.title(), "threads_biography": ""}
        fields = {"id", *params.get("fields", "id").split(",")}
        for name in fields - known.keys():
            raise Refused(f"Tried accessing nonexisting field ({name})", 100)
        return 200, {}, {name: known[name] for name in fields}

    def make(self, person, params, kind):
        only(params, ["media_type", "text", "reply_to_id", "reply_control", "quote_post_id"])
        if params.get("media_type") != "TEXT":
            raise Refused("Param media_type must be TEXT: nothing can be fetched from here", 100)
        text = params.get("text", "")
        if not text.strip():
            raise Refused("Param text is required for a TEXT container", 100)
        if length_of(text) > TEXT_MOST:
            raise Refused(f"Param text must be at most {TEXT_MOST} characters long.", 100)
        if len(set(re.findall(r"https?://[^\s]+", text))) > LINKS_MOST:
            raise Refused("THREADS_API__LINK_LIMIT_EXCEEDED", 100, 4279048)
        reply_to = params.get("reply_to_id")
        if reply_to is not None and post_of(reply_to) is None:
            raise Refused("Param reply_to_id is not a post that can be answered", 100, 4279019)
        quote = params.get("quote_post_id")
        if quote is not None and post_of(quote) is None:
            raise Refused("Param quote_post_id is not a post that can be quoted", 100)
        id_ = new_id()
        containers[id_] = {
            "person": person,
            "text": text,
            "reply_to": reply_to,
            "quote_of": quote,
            "status": {"fails": "ERROR", "expires": "EXPIRED"}.get(kind, "IN_PROGRESS"),
            "made": time.monotonic(),
        }
        return 200, {}, {"id": id_}

    def used(self, person, replies):
        since = (time.time() - DAY_S) * 1000
        return sum(1 for entry in log if entry["account"] == person and entry["at_ms"] > since
                   and (entry["reply_to"] is not None) == replies)

    def publish(self, person, params):
        only(params, ["creation_id"])
        id_ = params.get("creation_id", "")
        container = containers.get(id_)
        # The container is its maker's: `other_author` alone publishes another's.
        if container is None or state_of(container) != "FINISHED":
            raise not_found_media(id_)
        replies = container["reply_to"] is not None
        if self.used(person, replies) >= (REPLIES_A_DAY if replies else POSTS_A_DAY):
            raise Refused("Application request limit reached", 4, 2207042)
        if replies and post_of(container["reply_to"]) is None:
            raise Refused("Param reply_to_id is not a post that can be answered", 100, 4279019)
        container["status"] = "PUBLISHED"
        made = {name: container[name] for name in ("reply_to", "quote_of")}
        return self.add(person, {**made, "text": container["text"].strip(), "container": id_})

    def repost(self, person, of, params):
        only(params, [])
        post = post_of(of)
        if post is None or post["account"] != person or post["repost_of"] is not None:
            raise no_such(of)
        if any((e["account"], e["repost_of"]) == (person, of) and not e["deleted"] for e in log):
            raise Refused("You have already reposted this post", 100)
        if self.used(person, False) >= POSTS_A_DAY:
            raise Refused("Application request limit reached", 4, 2207042)
        return self.add(person, {"text": "", "repost_of": of})

    @staticmethod
    def add(person, made):
        entry = {
            "id": new_id(),
            "account": person,
            "reply_to": None,
            "quote_of": None,
            "repost_of": None,
            "container": None,
            **made,
            "at_ms": time.time_ns() // 1_000_000,
            "deleted": False,
        }
        log.append(entry)
        return 200, {}, {"id": entry["id"]}

    def read(self, person, id_, params):
        only(params, ["fields"])
        fields = set(params.get("fields", "id").split(","))
        container = containers.get(id_)
        if container is not None and container["person"] == person:
            for name in fields - {"id", "status", "error_message"}:
                raise Refused(f"Tried accessing nonexisting field ({name})", 100)
            answer = {"id": id_, "status": state_of(container)}
            if answer["status"] == "ERROR":
                answer["error_message"] = "UNKNOWN"
            return 200, {}, {name: value for name, value in answer.items() if name in {"id", *fields}}
        entry = post_of(id_)
        if entry is None or entry["account"] != person:
            raise no_such(id_)
        for name in fields - FIELDS:
            raise Refused(f"Tried accessing nonexisting field ({name})", 100)
        return 200, {}, shown(entry, fields, self.here())

    def listing(self, person, params, replies):
        only(params, ["fields", "limit", "after", "since", "until"])
        fields = set(params.get("fields", "id").split(","))
        for name in fields - FIELDS | fields & (OF_THREADS if replies else OF_REPLIES):
            raise Refused(f"Tried accessing nonexisting field ({name})", 100)
        limit = params.get("limit", "25")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise Refused("Param limit must be 1 to 100", 100)
        found = [entry for entry in reversed(log) if entry["account"] == person and not entry["deleted"]
                 and (entry["reply_to"] is not None) == replies]
        if "since" in params:
            found = [entry for entry in found if entry["at_ms"] >= int(params["since"]) * 1000]
        if "until" in params:
            found = [entry for entry in found if entry["at_ms"] < int(params["until"]) * 1000]
        if "after" in params:
            if not params["after"].startswith("QVFI"):
                raise Refused("(#100) Invalid cursor", 100)
            found = [entry for entry in found if int(entry["id"]) < int(params["after"].removeprefix("QVFI"))]
        found = found[:int(limit)]
        if not found:
            return 200, {}, {"data": []}
        cursors = {"before": "QVFI" + found[0]["id"], "after": "QVFI" + found[-1]["id"]}
        return 200, {}, {"data": [shown(entry, fields, self.here()) for entry in found], "paging": {"cursors": cursors}}

    def delete(self, person, id_, params):
        only(params, [])
        entry = post_of(id_)
        if entry is None or entry["account"] != person:
            raise no_such(id_)
        entry["deleted"] = True
        return 200, {}, {"success": True, "deleted_id": id_}

    def authorize(self, params):
        asked = set(re.split(r"[ ,]+", params.get("scope", "")))
        wrong = None
        if params.get("client_id") != CLIENT_ID:
            wrong = "Invalid client_id"
        elif params.get("redirect_uri") != REDIRECT:
            wrong = "Invalid redirect_uri"
        elif params.get("response_type") != "code" or "threads_basic" not in asked or asked - SCOPES:
            wrong = "Invalid response_type or scope"
        if wrong:
            return 400, {}, f"<!doctype html><title>Sign in</title><p>{escape(wrong)}</p>"
        chosen = params.pop("as", None)
        if self.command == "GET":
            here = escape("/oauth/authorize?" + urlencode(params))
            buttons = "".join(f'<button name="as" value="{name}">Allow as {name}</button>' for name in people)
            return 200, {}, (f'<!doctype html><title>Sign in</title><form method="post" action="{here}">{buttons}'
                             '<button name="as" value="">Cancel</button></form>')
        back = {"state": params["state"]} if "state" in params else {}
        if chosen not in people:
            answer = {"error": "access_denied", "error_reason": "user_denied", "error_description": "The user denied your request"}
        else:
            code = "AQ" + secrets.token_urlsafe(48)
            codes[code] = {"person": chosen, "until": time.monotonic() + 3600}
            answer = {"code": code}
        return 303, {"Location": REDIRECT + "?" + urlencode({**answer, **back}) + "#_"}, None

    def grant(self, params):
        if params.get("client_id") != CLIENT_ID or params.get("client_secret") != CLIENT_SECRET:
            raise NotGranted("Invalid client_id or client_secret")
        if params.get("grant_type") != "authorization_code":
            raise NotGranted("Invalid grant_type")
        known = codes.pop(params.get("code"), None)
        if known is None or known["until"] < time.monotonic():
            raise NotGranted("This authorization code has been used or has expired")
        if params.get("redirect_uri") != REDIRECT:
            raise NotGranted("Error validating verification code: redirect_uri is not the one that was used")
        return 200, {}, {"access_token": give_token(known["person"], False), "user_id": int(people[known["person"]])}

    def exchange(self, params):
        only(params, ["grant_type", "client_secret"])
        if params.get("grant_type") != "th_exchange_token" or params.get("client_secret") != CLIENT_SECRET:
            raise Refused("Error validating client secret.", 1, status=400)
        person = self.person(params)
        if tokens[params["access_token"]]["long"]:
            raise Refused("Session key invalid", 452)
        return 200, {}, {"access_token": give_token(person, True), "token_type": "bearer", "expires_in": LONG_S}

    def renew(self, params):
        only(params, ["grant_type"])
        if params.get("grant_type") != "th_refresh_token":
            raise Refused("Param grant_type must be th_refresh_token", 100)
        person = self.person(params)
        known = tokens[params["access_token"]]
        if not known["long"] or time.time() - known["made"] < DAY_S:
            raise Refused("Only a long-lived token that is at least 24 hours old can be refreshed", 100)
        return 200, {}, {"access_token": give_token(person, True), "token_type": "bearer", "expires_in": LONG_S}


def another(person):
    return next(name for name in people if name != person)


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    global POSTS_A_DAY
    if len(sys.argv) > 2:
        POSTS_A_DAY = int(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=end_with_stdin, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    two_days_ago = time.time() - 2 * DAY_S
    known = [{"username": name, "id": id_, "token": give_token(name, True, two_days_ago), "short_token": give_token(name, False)}
             for name, id_ in people.items()]
    print(json.dumps({"server": here, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect": REDIRECT,
                      "accounts": known}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
