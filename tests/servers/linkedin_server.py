"""A stand-in for LinkedIn's Posts API that is as strict as its documentation: unknown fields, missing headers and sunset
versions are refused, and a bare reserved character cuts the published text off while the answer says that all went well.
Standard library only, nothing kept.

    python linkedin_server.py DATA_FOLDER

Prints one line of JSON with its address, registration and accounts when ready, and ends when its standard input closes.
Beyond the API: /log answers every post that was accepted, with the text as readers see it and milliseconds since 1970, and
POST /_faults {"on": "POST /rest/posts", "kind": KIND, "times": N} makes the next N such calls go wrong:

    500_before     answers 500, nothing was done      500_after     it was done, and the answer is 500
    drop_before    hangs up, nothing was done         drop_after    it was done, and the connection is cut
    rate_limit     429 with Retry-After: 60           unauthorized  401, nothing was done
    other_author   done for another account           html          a page of somebody else's, nothing was done
    huge           it was done, and the answer is longer than anybody reads
"""

import json
import os
import re
import secrets
import sys
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# The months that are served: about a year of them.
OLDEST, NEWEST = "202512", "202611"
CLIENT_ID, CLIENT_SECRET = "test-app-1", "test-secret-1"
SCOPES = {"openid", "profile", "email", "w_member_social"}
RESERVED = "\\|{}@[]()<>#*_~"
TEXT_MOST = 3000
ALT_MOST = 4086
MOST_BODY = 16 * 1024 * 1024

lock = threading.RLock()
log = []
faults = []
# By name: what the server knows of each person.
people = {
    "alice": {"sub": "aLiCe-4711", "name": "Alice Example"},
    "bob": {"sub": "bOb_0815", "name": "Bob Example"},
}
tokens = {f"token-of-{name}": {"person": name, "scope": SCOPES} for name in people}
codes = {}
images = {}
next_number = 7_141_138_937_766_391_808


class Refused(Exception):
    """A refusal in the API's own shape."""

    def __init__(self, status, message, code=None, service=None, inputs=None):
        super().__init__(message)
        self.status = status
        self.body = {"status": status, "message": message}
        if code:
            self.body["code"] = code
        if service:
            self.body["serviceErrorCode"] = service
        if inputs:
            self.body["errorDetailType"] = "com.linkedin.common.error.BadRequest"
            self.body["errorDetails"] = {"inputErrors": inputs}


class OAuthRefused(Exception):
    def __init__(self, status, error, description):
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description}


def published(little):
    """The text that readers see of `little` text, and whether it was cut off at a character in the wrong place."""
    seen, at = [], 0
    while at < len(little):
        c = little[at]
        if c == "\\":
            if at + 1 < len(little) and little[at + 1] in RESERVED:
                seen.append(little[at + 1])
                at += 2
                continue
            return "".join(seen), True
        if c not in RESERVED:
            seen.append(c)
            at += 1
            continue
        element = mention(little, at) or template(little, at) or hashtag(little, at)
        if element is None:
            return "".join(seen), True
        text, at = element
        seen.append(text)
    return "".join(seen), False


def mention(little, at):
    found = re.compile(r"@\[((?:[^\\|{}@\[\]()<>#*_~]|\\.)+)\]\(urn:li:(?:person|organization):[\w-]+\)").match(little, at)
    return found and (re.sub(r"\\(.)", r"\1", found[1]), found.end())


def template(little, at):
    found = re.compile(r"\{hashtag\|\\?([#＃])\|(\w+)\}").match(little, at)
    return found and (found[1] + found[2], found.end())


def hashtag(little, at):
    found = re.compile(r"#[^\W_]+").match(little, at)
    return found and (found[0], found.end())


def utf16(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def only(value, where, required, optional=()):
    """`value` is an object with these fields and no others."""
    if not isinstance(value, dict):
        raise Refused(422, f"{where} :: is not an object", inputs=[{"code": "INVALID_TYPE", "description": where}])
    for name in value:
        if name not in required and name not in optional:
            raise Refused(422, f"{where}/{name} :: unrecognized field found but not allowed",
                          inputs=[{"code": "UNPERMITTED_FIELD", "description": name}])
    for name in required:
        if name not in value:
            raise Refused(422, f"{where}/{name} :: field is required but not found and has no default value",
                          inputs=[{"code": "MISSING_FIELD", "description": name}])


def one_of(value, where, allowed):
    if value not in allowed:
        raise Refused(422, f"{where} :: {value!r} is not one of {sorted(allowed)}",
                      inputs=[{"code": "INVALID_VALUE", "description": where}])


def text_of(value, where, most):
    if not isinstance(value, str):
        raise Refused(422, f"{where} :: is not a string", inputs=[{"code": "INVALID_TYPE", "description": where}])
    if utf16(value) > most:
        raise Refused(422, f"{where} :: length {utf16(value)} is over {most}",
                      inputs=[{"code": "FIELD_LENGTH_TOO_LONG", "description": where}])
    return value


def image_of(value, where, author, optional):
    only(value, where, ["id"], optional)
    text_of(value.get("altText", ""), f"{where}/altText", ALT_MOST)
    known = images.get(value["id"])
    if known is None or known["owner"] != author:
        raise Refused(403, f"{where}/id :: no image of {author}", code="ACCESS_DENIED", service=100)
    if known["status"] != "AVAILABLE":
        raise Refused(422, f"{where}/id :: the image is {known['status']}",
                      inputs=[{"code": "MEDIA_ASSET_WAITING_UPLOAD", "description": where}])
    return {"id": value["id"], "alt": value.get("altText")}


def content_of(value, author):
    only(value, "/content", [], ["media", "multiImage"])
    if len(value) != 1:
        raise Refused(422, "/content :: exactly one of its members is set",
                      inputs=[{"code": "INVALID_UNION", "description": "/content"}])
    if "media" in value:
        return [image_of(value["media"], "/content/media", author, ["altText", "title"])]
    only(value["multiImage"], "/content/multiImage", ["images"], ["altText"])
    several = value["multiImage"]["images"]
    if not isinstance(several, list) or not 2 <= len(several) <= 20:
        raise Refused(422, "/content/multiImage/images :: 2 to 20 images",
                      inputs=[{"code": "INVALID_VALUE", "description": "images"}])
    return [image_of(value, f"/content/multiImage/images/{n}", author, ["altText"]) for n, value in enumerate(several)]


def parent_of(value, pictures):
    only(value, "/reshareContext", ["parent"])
    urn = value["parent"]
    if not isinstance(urn, str) or not re.fullmatch(r"urn:li:(share|ugcPost):\d+", urn):
        raise Refused(400, f"/reshareContext/parent :: {urn} is no share and no ugcPost", code="INVALID_VALUE_FOR_FIELD")
    if pictures:
        raise Refused(422, "/content :: a reshare has no content of its own",
                      inputs=[{"code": "INVALID_VALUE", "description": "/content"}])
    if not any(entry["urn"] == urn and not entry["deleted"] for entry in log):
        raise Refused(404, f"{urn} does not exist", code="NOT_FOUND")
    return urn


def create_post(person, body, as_person):
    global next_number
    only(body, "", ["author", "commentary", "visibility", "distribution", "lifecycleState"],
         ["content", "isReshareDisabledByAuthor", "reshareContext"])
    author = urn_of(person)
    if body["author"] != author:
        raise Refused(403, f"Field Value validation failed in REQUEST_BODY: /author :: {body['author']} is not the member",
                      code="ACCESS_DENIED", service=100)
    # Escapes are not counted: readers do not see them.
    commentary = text_of(body["commentary"], "/commentary", 4 * TEXT_MOST)
    text, cut = published(commentary)
    text_of(text, "/commentary", TEXT_MOST)
    one_of(body["visibility"], "/visibility", {"PUBLIC", "CONNECTIONS", "LOGGED_IN"})
    one_of(body["lifecycleState"], "/lifecycleState", {"PUBLISHED"})
    one_of(body.get("isReshareDisabledByAuthor", False), "/isReshareDisabledByAuthor", {True, False})
    only(body["distribution"], "/distribution", ["feedDistribution"], ["targetEntities", "thirdPartyDistributionChannels"])
    one_of(body["distribution"]["feedDistribution"], "/distribution/feedDistribution", {"MAIN_FEED"})
    for name in ("targetEntities", "thirdPartyDistributionChannels"):
        if body["distribution"].get(name, []) != []:
            raise Refused(422, f"/distribution/{name} :: not for members",
                          inputs=[{"code": "INVALID_VALUE", "description": name}])
    pictures = content_of(body["content"], author) if "content" in body else []
    parent = parent_of(body["reshareContext"], pictures) if "reshareContext" in body else None
    if not text.strip() and not pictures and not parent:
        raise Refused(422, "/commentary :: a post without content is not allowed",
                      inputs=[{"code": "MISSING_FIELD", "description": "/commentary"}])
    # A deleted one counts too: it is named for a day or two after it is gone.
    twin = next((entry for entry in log if (entry["account"], entry["text"], entry["parent"]) == (person, text, parent)), None)
    if twin is not None:
        raise Refused(422, "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of "
                      + twin["urn"], inputs=[{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}])
    next_number += 1
    urn = f"urn:li:share:{next_number}"
    log.append({
        "account": as_person,
        "urn": urn,
        "text": text,
        "cut": cut,
        "commentary": commentary,
        "visibility": body["visibility"],
        "images": pictures,
        "parent": parent,
        "at_ms": time.time_ns() // 1_000_000,
        "deleted": False,
    })
    return 201, {"x-restli-id": urn, "x-linkedin-id": urn}, None


def urn_of(person):
    return f"urn:li:person:{people[person]['sub']}"


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
            body, kind = json.dumps(body).encode(), "application/json"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def take_fault(self, path):
        asked = f"{self.command} {path}"
        for fault in faults:
            if fault["times"] > 0 and asked.startswith(fault["on"]):
                fault["times"] -= 1
                return fault["kind"]
        return None

    def serve(self):
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or "0")
        if length > MOST_BODY:
            self.close_connection = True
            return self.say(413, {}, {"status": 413, "message": "Request entity too large"})
        self.body = self.rfile.read(length)
        if len(self.body) < length:
            self.close_connection = True
            return None
        with lock:
            if url.path == "/log":
                return self.say(200, {}, log)
            if url.path == "/_faults" and self.command == "POST":
                faults.append({"times": 1, **json.loads(self.body)})
                return self.say(200, {}, faults)
            kind = self.take_fault(url.path)
            if kind == "500_before":
                return self.say(500, {}, {"status": 500, "message": "Internal Server Error"})
            if kind == "drop_before":
                self.close_connection = True
                return None
            if kind == "rate_limit":
                return self.say(429, {"Retry-After": "60"}, {"status": 429, "code": "TOO_MANY_REQUESTS",
                                "message": "Resource level throttle limit for calls to this resource is reached"})
            if kind == "unauthorized":
                return self.say(401, {}, {"status": 401, "serviceErrorCode": 65602, "code": "EXPIRED_ACCESS_TOKEN",
                                          "message": "The token used in the request has expired"})
            if kind == "html":
                return self.say(200, {}, "<!doctype html><title>Sign in to the network</title>")
            try:
                status, headers, body = self.route(url, other=kind == "other_author")
            except Refused as refused:
                status, headers, body = refused.status, {}, refused.body
            except OAuthRefused as refused:
                status, headers, body = refused.status, {}, refused.body
        if kind == "500_after":
            return self.say(500, {}, {"status": 500, "message": "Internal Server Error"})
        if kind == "drop_after":
            self.close_connection = True
            return None
        if kind == "huge":
            return self.say(status, headers, b"x" * (2 * 1024 * 1024))
        return self.say(status, headers, body)

    do_GET = do_POST = do_PUT = do_DELETE = serve

    def person(self, scope):
        given = self.headers.get("Authorization", "")
        known = tokens.get(given.removeprefix("Bearer "))
        if not given.startswith("Bearer ") or known is None:
            raise Refused(401, "Invalid access token", code="INVALID_ACCESS_TOKEN", service=65600)
        if scope not in known["scope"]:
            raise Refused(403, "Not enough permissions to access: " + self.path, code="ACCESS_DENIED", service=100)
        return known["person"]

    def check_versions(self):
        version = self.headers.get("LinkedIn-Version")
        if version is None:
            raise Refused(400, "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
                          code="VERSION_MISSING")
        if not re.fullmatch(r"\d{6}", version) or not OLDEST <= version <= NEWEST:
            raise Refused(426, f"Requested version {version} is not active", code="NONEXISTENT_VERSION")
        if self.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            raise Refused(400, "X-Restli-Protocol-Version has to be 2.0.0", code="ILLEGAL_ARGUMENT")

    def json_body(self):
        if self.headers.get("Content-Type", "").split(";")[0].strip() != "application/json":
            raise Refused(415, "Content-Type has to be application/json")
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(400, "Unable to parse the body as JSON", code="ILLEGAL_ARGUMENT") from None

    def form_body(self):
        if self.headers.get("Content-Type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
            raise OAuthRefused(400, "invalid_request", "Content-Type has to be application/x-www-form-urlencoded")
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def route(self, url, other):
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/oauth/v2/authorization" and self.command in ("GET", "POST"):
            return self.authorize(query)
        if (self.command, url.path) == ("POST", "/oauth/v2/accessToken"):
            return self.grant()
        if (self.command, url.path) == ("GET", "/v2/userinfo"):
            person = another(self.person("openid")) if other else self.person("openid")
            return 200, {}, {"sub": people[person]["sub"], "name": people[person]["name"], "locale": "en_US",
                             "given_name": people[person]["name"].split()[0]}
        if self.command == "PUT" and url.path.startswith("/upload/"):
            return self.take_picture(url.path.removeprefix("/upload/"))
        if not url.path.startswith("/rest/"):
            raise Refused(404, "No virtual resource found", code="RESOURCE_NOT_FOUND")
        person = self.person("w_member_social")
        self.check_versions()
        what, _, rest = url.path.removeprefix("/rest/").partition("/")
        # An URN in a path is encoded whole.
        if ":" in rest or "/" in rest:
            raise Refused(400, "Invalid path: an URN is encoded", code="ILLEGAL_ARGUMENT")
        urn = unquote(rest)
        if (self.command, what, urn) == ("POST", "images", ""):
            return self.begin_upload(person, query)
        if (self.command, what) == ("GET", "images") and urn:
            known = images.get(urn)
            if known is None or known["owner"] != urn_of(person):
                raise Refused(404, "Could not find image", code="NOT_FOUND")
            if known["status"] == "PROCESSING":
                known["asked"] += 1
                if known["asked"] > 1:
                    known["status"] = "AVAILABLE"
            return 200, {}, {"id": urn, "owner": known["owner"], "status": known["status"]}
        if (self.command, what, urn) == ("POST", "posts", ""):
            return create_post(person, self.json_body(), another(person) if other else person)
        if (self.command, what) == ("DELETE", "posts") and urn:
            return self.delete(person, urn)
        if (self.command, what) == ("GET", "posts"):
            raise Refused(403, "Not enough permissions to access: posts.FINDER-author", code="ACCESS_DENIED", service=100)
        raise Refused(404, "No virtual resource found", code="RESOURCE_NOT_FOUND")

    def begin_upload(self, person, query):
        if query != {"action": "initializeUpload"}:
            raise Refused(400, "Unknown action", code="ILLEGAL_ARGUMENT")
        body = self.json_body()
        only(body, "", ["initializeUploadRequest"])
        only(body["initializeUploadRequest"], "/initializeUploadRequest", ["owner"])
        if body["initializeUploadRequest"]["owner"] != urn_of(person):
            raise Refused(403, "The owner is not the member", code="ACCESS_DENIED", service=100)
        key = secrets.token_hex(8)
        urn = f"urn:li:image:C4E{key}"
        images[urn] = {"owner": urn_of(person), "status": "WAITING_UPLOAD", "key": key, "asked": 0}
        return 200, {}, {"value": {
            "uploadUrlExpiresAt": time.time_ns() // 1_000_000 + 86_400_000,
            "uploadUrl": f"http://{self.headers.get('Host')}/upload/{key}",
            "image": urn,
        }}

    def take_picture(self, key):
        person = self.person("w_member_social")
        known = next((image for image in images.values() if image["key"] == key), None)
        if known is None or known["owner"] != urn_of(person) or known["status"] != "WAITING_UPLOAD":
            raise Refused(400, "No upload is waited for here")
        kinds = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")
        known["status"] = "PROCESSING" if self.body.startswith(kinds) else "PROCESSING_FAILED"
        return 201, {}, None

    def delete(self, person, urn):
        entry = next((entry for entry in log if entry["urn"] == urn and not entry["deleted"]), None)
        if entry is None:
            # Deleting is idempotent.
            return 204, {}, None
        if entry["account"] != person:
            raise Refused(403, "Not the author", code="ACCESS_DENIED", service=100)
        entry["deleted"] = True
        return 204, {}, None

    def authorize(self, query):
        redirect = query.get("redirect_uri", "")
        asked = set(query.get("scope", "").split())
        wrong = None
        if query.get("client_id") != CLIENT_ID:
            wrong = "The passed in client_id is invalid"
        elif not re.fullmatch(r"http://127\.0\.0\.1:\d+/", redirect):
            wrong = "The redirect_uri does not match the registered value"
        elif query.get("response_type") != "code" or not asked or not query.get("state"):
            wrong = "response_type, scope or state is missing"
        if wrong:
            return 400, {}, f"<!doctype html><title>Sign in</title><p>{escape(wrong)}</p>"
        back = {"state": query["state"]}
        if asked - SCOPES:
            return 303, {"Location": redirect + "?" + urlencode(
                {"error": "unauthorized_scope_error", "error_description": "Scope is not authorized", **back})}, None
        if self.command == "GET":
            here = escape("/oauth/v2/authorization?" + urlencode(query))
            buttons = "".join(f'<button name="as" value="{name}">Allow as {escape(known["name"])}</button>'
                              for name, known in people.items())
            return 200, {}, (f'<!doctype html><title>Sign in</title><form method="post" action="{here}">{buttons}'
                             '<button name="as" value="">Cancel</button></form>')
        person = self.form_body().get("as")
        if person not in people:
            answer = {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"}
        else:
            code = secrets.token_urlsafe(24)
            codes[code] = {"person": person, "redirect": redirect, "scope": asked, "until": time.monotonic() + 1800}
            answer = {"code": code}
        return 303, {"Location": redirect + "?" + urlencode({**answer, **back})}, None

    def grant(self):
        form = self.form_body()
        if form.get("grant_type") != "authorization_code":
            raise OAuthRefused(400, "unsupported_grant_type", "Only authorization_code is enabled for this application")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthRefused(401, "invalid_client", "Client authentication failed")
        known = codes.pop(form.get("code"), None)
        if known is None or known["until"] < time.monotonic():
            raise OAuthRefused(400, "invalid_request", "Unable to retrieve access token: authorization code not found")
        if form.get("redirect_uri") != known["redirect"]:
            raise OAuthRefused(400, "invalid_redirect_uri", "appid/redirect uri/code verifier does not match")
        token = "AQ" + secrets.token_urlsafe(48)
        tokens[token] = {"person": known["person"], "scope": known["scope"]}
        return 200, {}, {"access_token": token, "expires_in": 5_184_000, "token_type": "Bearer",
                         "scope": ",".join(sorted(known["scope"]))}


def another(person):
    return next(name for name in people if name != person)


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=end_with_stdin, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    known = [{"username": name, "name": of["name"], "author": urn_of(name), "token": f"token-of-{name}"}
             for name, of in people.items()]
    print(json.dumps({"server": here, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "accounts": known}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
