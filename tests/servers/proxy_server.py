"""A SOCKS5 proxy (RFC 1928, 1929) and an HTTP proxy (CONNECT, and the absolute form for http://) on one machine, each on a
port of its own, with its own names and its own record of where it went. Standard library only, nothing kept.

    python proxy_server.py DATA_FOLDER [NAME=ADDRESS ...] [--user USER:PASSWORD]

NAME=ADDRESS: what it takes a name for; no other name leads anywhere. Prints one line of JSON with its ports when ready
(`socks`, `http`, `control`), and ends when its standard input closes. On the control port:

    GET  /log      every request: kind, the user that it came with, host and port as asked, whether the host was a name,
                   whether it was let in, and the port that the proxy itself called from
    POST /_faults  {"kind": KIND, "on": TEXT}, in force until {"kind": null}

KIND: refuse (each target is refused), nonsense (an answer of no protocol), silent (none), cut_before (the connection ends
when TEXT comes by, which does not go on), cut_after (TEXT goes on, and the answer to it does not come back).
"""

import base64
import json
import os
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

lock = threading.Lock()
names = {}
user = None
log = []
fault = {"kind": None, "on": ""}


def noted(**entry):
    with lock:
        log.append(entry)
    return entry


def exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionError("ended early")
        data += more
    return data


def address_of(host):
    """The proxy's own way of looking a name up: its list, and addresses."""
    try:
        socket.inet_aton(host)
        return host
    except OSError:
        return names.get(host)


def onward(entry):
    """A connection to the target, whose own port is noted."""
    if fault["kind"] == "refuse":
        return None
    address = address_of(entry["host"])
    if address is None:
        return None
    try:
        target = socket.create_connection((address, entry["port"]), timeout=30)
    except OSError:
        return None
    target.settimeout(None)
    entry["from_port"] = target.getsockname()[1]
    return target


def end(*streams):
    for stream in streams:
        try:
            stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        stream.close()


def relay(client, target, first=b""):
    cut = threading.Event()

    def back():
        try:
            while data := target.recv(65536):
                if cut.is_set():
                    break
                client.sendall(data)
        except OSError:
            pass
        end(client, target)

    threading.Thread(target=back, daemon=True).start()
    seen = b""
    data = first
    try:
        while True:
            if data:
                seen += data
                met = fault["on"] and fault["on"].encode() in seen
                if met and fault["kind"] == "cut_before":
                    break
                if met and fault["kind"] == "cut_after":
                    cut.set()
                target.sendall(data)
            data = client.recv(65536)
            if not data:
                break
    except OSError:
        pass
    if not cut.is_set():
        end(client, target)


def misbehaves(client):
    if fault["kind"] == "nonsense":
        client.sendall(b"220 mail.example ESMTP\r\n")
        end(client)
        return True
    if fault["kind"] == "silent":
        client.recv(65536)
        threading.Event().wait(60)
        return True
    return False


def socks(client):
    if misbehaves(client):
        return
    version, count = exactly(client, 2)
    methods = exactly(client, count)
    wanted = 0 if user is None else 2
    if version != 5 or wanted not in methods:
        client.sendall(b"\x05\xff")
        noted(kind="socks", user=None, host=None, port=None, named=None, let_in=False)
        return end(client)
    client.sendall(bytes([5, wanted]))
    came = None
    if wanted == 2:
        _, length = exactly(client, 2)
        came = exactly(client, length).decode()
        password = exactly(client, exactly(client, 1)[0]).decode()
        if f"{came}:{password}" != user:
            client.sendall(b"\x01\x01")
            noted(kind="socks", user=came, host=None, port=None, named=None, let_in=False)
            return end(client)
        client.sendall(b"\x01\x00")
    _, command, _, kind = exactly(client, 4)
    if kind == 1:
        host = socket.inet_ntoa(exactly(client, 4))
    elif kind == 4:
        host = socket.inet_ntop(socket.AF_INET6, exactly(client, 16))
    else:
        host = exactly(client, exactly(client, 1)[0]).decode()
    (port,) = struct.unpack("!H", exactly(client, 2))
    entry = noted(kind="socks", user=came, host=host, port=port, named=kind == 3, let_in=True)
    target = onward(entry) if command == 1 else None
    if target is None:
        client.sendall(b"\x05\x04\x00\x01" + b"\0" * 6)
        return end(client)
    client.sendall(b"\x05\x00\x00\x01" + b"\0" * 6)
    relay(client, target)


def http(client):
    if misbehaves(client):
        return
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(65536)
        if not more:
            return end(client)
        head += more
    head, rest = head.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    method, where, version = lines[0].split(" ")
    headers = [line.split(":", 1) for line in lines[1:]]
    given = next((value.strip() for name, value in headers if name.lower() == "proxy-authorization"), None)
    came = None
    if given is not None and given.startswith("Basic "):
        came = base64.b64decode(given[6:]).decode()
    parts = urlsplit(f"//{where}" if method == "CONNECT" else where)
    entry = dict(
        kind="connect" if method == "CONNECT" else "absolute",
        user=None if came is None else came.split(":", 1)[0],
        host=parts.hostname,
        port=parts.port or 80,
        named=address_of(parts.hostname) != parts.hostname,
    )
    if user is not None and came != user:
        noted(**entry, let_in=False)
        client.sendall(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n"
            b"Connection: close\r\n\r\n"
        )
        return end(client)
    entry = noted(**entry, let_in=True)
    target = onward(entry)
    if target is None:
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return end(client)
    if method == "CONNECT":
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return relay(client, target, rest)
    path = parts.path or "/"
    if parts.query:
        path += "?" + parts.query
    onwards = [f"{method} {path} {version}"]
    onwards += [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
    onwards.append("Connection: close")
    relay(client, target, "\r\n".join(onwards).encode("latin-1") + b"\r\n\r\n" + rest)


def serve(speak):
    listener = socket.create_server(("127.0.0.1", 0))

    def one(client):
        try:
            speak(client)
        except (OSError, ValueError, ConnectionError):
            end(client)

    def forever():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=one, args=(client,), daemon=True).start()

    threading.Thread(target=forever, daemon=True).start()
    return listener.getsockname()[1]


class Control(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            self.answer(list(log))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault.update({"kind": asked["kind"], "on": asked.get("on", "")})
        self.answer({})


def main():
    global user
    arguments = sys.argv[2:]
    while arguments:
        argument = arguments.pop(0)
        if argument == "--user":
            user = arguments.pop(0)
        else:
            name, address = argument.split("=", 1)
            names[name] = address
    control = ThreadingHTTPServer(("127.0.0.1", 0), Control)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    ready = {"socks": serve(socks), "http": serve(http), "control": control.server_address[1]}
    print(json.dumps(ready), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
