"""A Mastodon-compatible server on loopback, with nothing kept.

    python mastodon_server.py DATA_FOLDER [PUBLIC_HOST_AND_PORT]

Prints one line of JSON with its address and the accounts that wait in it when ready, and ends when its standard input
closes, so that a test that was killed leaves no server behind. PUBLIC_HOST_AND_PORT is what links in its answers name
(a test's proxy).
"""

import json
import os
import secrets
import socket
import sys
import threading

import uvicorn
from mastodon_mock.app import create_app
from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig


class Announced(uvicorn.Server):
    """Says where it listens once it answers."""

    ready_line = ""

    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.ready_line, flush=True)


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: mastodon_server.py DATA_FOLDER [PUBLIC_HOST_AND_PORT]")
    threading.Thread(target=end_with_stdin, daemon=True).start()

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    here = f"127.0.0.1:{listener.getsockname()[1]}"
    names = ["alice", "bob", *(f"lane{n}" for n in range(8))]
    accounts = [{"username": name, "token": secrets.token_hex(24)} for name in names]
    config = MastodonMockConfig(
        domain=sys.argv[2] if len(sys.argv) > 2 else here,
        url_scheme="http",
        media_storage_path=sys.argv[1],
        seed=SeedConfig(
            accounts=[SeedAccount(username=a["username"], access_token=a["token"]) for a in accounts]
        ),
    )
    server = Announced(uvicorn.Config(create_app(config), log_level="warning", access_log=False, ws="none"))
    server.ready_line = json.dumps({"mastodon": f"http://{here}", "accounts": accounts})
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
