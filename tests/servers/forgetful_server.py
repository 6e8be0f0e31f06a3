"""A server of no known software that speaks just enough of Mastodon's API to be posted to, and keeps no keys: the same
request twice is two posts. What it accepted, and when, is its log. Standard library only, nothing kept.

    python forgetful_server.py DATA_FOLDER [LANES]

Prints one line of JSON with its address and accounts when ready, and ends when its standard input closes. Beyond the
API, /log answers every accepted post: account, text, milliseconds since 1970.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

lock = threading.Lock()
log = []
accounts = {}


def account_json(name):
    return {"id": accounts[name], "username": name, "acct": name, "url": f"/@{name}"}


def status_json(entry):
    return {
        "id": entry["id"],
        "content": entry["text"],
        "text": entry["text"],
        "visibility": entry["visibility"],
        "in_reply_to_id": entry["in_reply_to_id"],
        "media_attachments": [{"id": media} for media in entry["media"]],
        "account": account_json(entry["account"]),
        "url": f"/@{entry['account']}/{entry['id']}",
    }


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

    def say(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def name(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer token-of-")
        return token if token in accounts else None

    def do_GET(self):
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        if url.path == "/log":
            with lock:
                return self.say(200, log)
        if url.path == "/api/v2/instance":
            return self.say(200, {"domain": self.headers.get("Host"), "version": "1"})
        if url.path == "/.well-known/nodeinfo":
            return self.say(404, {"error": "Not found"})
        name = self.name()
        if name is None:
            return self.say(401, {"error": "The access token is invalid"})
        if url.path == "/api/v1/accounts/verify_credentials":
            return self.say(200, account_json(name))
        if parts[:3] == ["api", "v1", "accounts"] and parts[-1] == "statuses":
            query = parse_qs(url.query)
            since = int(query.get("since_id", ["0"])[0])
            before = int(query.get("max_id", [str(10**18)])[0])
            limit = int(query.get("limit", ["20"])[0])
            with lock:
                found = [e for e in log if e["account"] == name and since < int(e["id"]) < before]
            return self.say(200, [status_json(e) for e in reversed(found)][:limit])
        return self.say(404, {"error": "Record not found"})

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        name = self.name()
        if name is None:
            return self.say(401, {"error": "The access token is invalid"})
        if self.path != "/api/v1/statuses":
            return self.say(404, {"error": "Record not found"})
        asked = json.loads(body)
        with lock:
            entry = {
                "id": str(len(log) + 1),
                "account": name,
                "text": asked.get("status", ""),
                "visibility": asked.get("visibility") or "public",
                "in_reply_to_id": asked.get("in_reply_to_id"),
                "media": asked.get("media_ids") or [],
                "at_ms": time.time_ns() // 1_000_000,
            }
            log.append(entry)
        return self.say(200, status_json(entry))


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    lanes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    for n in range(lanes):
        accounts[f"lane{n}"] = str(100 + n)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=end_with_stdin, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    known = [{"username": name, "token": f"token-of-{name}"} for name in accounts]
    print(json.dumps({"server": here, "accounts": known}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
