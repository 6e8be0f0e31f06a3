"""X's API, version 2, as strictly as it is documented, as far as posting needs it: signing in by browser with PKCE, own posts,
reposts, pictures in one call or in pieces, and what each of them costs. Standard library only, nothing kept.

    python x_server.py DATA_FOLDER [SPEC]

SPEC: X's own OpenAPI document. Bodies and queries are checked against it, else against the short list in this file; fields that
it does not know are refused. Prints one line of JSON with its address, a client id, the addresses that a sign-in may lead back
to, and accounts with tokens when ready; ends when its standard input closes. X_REDIRECTS in the environment (with commas)
replaces those addresses.

Beyond the API:

    GET  /log        every accepted post: account, text, milliseconds since 1970, what it answers or reposts, pictures, whether it
                     is gone
    GET  /_refused   every request that broke the documented form, and how; with SPEC also names of fields that it does not
                     know, which are dropped without a word, and answers of this server that are not as it says
    GET  /_media/ID  the bytes of a picture
    GET  /_cost      what was spent, in millionths of a dollar, by kind
    POST /_faults    {"on": "POST /2/tweets", "kind": KIND, "times": N, "seconds": S}; paths as in the document
    POST /_expire    {"account": NAME}: its access tokens end now; without a name, all
    POST /_settings  {"expires_in": S, "credit": MICRO_USD or null, "limits": {"POST /2/tweets": N}, "window": S,
                      "media": [STATE, ...] for the next upload, "login": NAME who sits at the browser}
    POST /_posts     {"account": NAME, "text": T, "reply_to": ID}: posted by hand, past the API

KIND: 500_before 500_after drop_before drop_after slow rate_limit unauthorized html html_after huge credit usage_cap; of
GET /2/users/me also other_author
"""

import base64
import calendar
import hashlib
import html
import json
import os
import re
import secrets
import socket
import sys
import threading
import time
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

CLIENT = "Zk9kZS1jbGllbnQ6MTpjaQ"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
REDIRECTS = [f"http://127.0.0.1:{port}/" for port in (8737, 8738, 8739)]
CODE_LIFE = 30
PRICES = {"post": 15_000, "post_with_url": 200_000, "repost": 15_000, "media_metadata": 5_000, "delete": 10_000, "read_own": 1_000}
ID = {"type": "string", "pattern": "^[0-9]{1,19}$"}
STATES = ("pending", "in_progress", "failed", "succeeded")

# Without a document: what of it is used here.
SHORT = {
    "POST /2/tweets": {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "reply": {
                "type": "object",
                "required": ["in_reply_to_tweet_id"],
                "properties": {
                    "in_reply_to_tweet_id": ID,
                    "exclude_reply_user_ids": {"type": "array", "items": {"type": "string"}},
                },
            },
            "media": {
                "type": "object",
                "required": ["media_ids"],
                "properties": {"media_ids": {"type": "array", "minItems": 1, "maxItems": 4, "items": ID}},
            },
            "reply_settings": {"type": "string", "enum": ["following", "mentionedUsers", "subscribers", "verified"]},
            "quote_tweet_id": ID,
            "nullcast": {"type": "boolean"},
        },
    },
    "POST /2/users/{id}/retweets": {"type": "object", "required": ["tweet_id"], "properties": {"tweet_id": ID}},
    "POST /2/media/upload": {
        "type": "object",
        "required": ["media", "media_category"],
        "properties": {
            "media": {"type": "string"},
            "media_category": {"type": "string", "enum": ["tweet_image", "tweet_video", "tweet_gif"]},
        },
    },
    "POST /2/media/upload/initialize": {
        "type": "object",
        "properties": {
            "media_category": {"type": "string", "enum": ["tweet_image", "tweet_video", "tweet_gif"]},
            "media_type": {"type": "string", "enum": ["image/jpeg", "image/gif", "image/png", "image/webp"]},
            "total_bytes": {"type": "integer", "minimum": 0, "maximum": 17179869184},
        },
    },
    "POST /2/media/upload/{id}/append": {
        "type": "object",
        "required": ["media", "segment_index"],
        "properties": {
            "media": {"type": "string"},
            "segment_index": {"type": "integer", "minimum": 0, "maximum": 999},
        },
    },
    "POST /2/media/metadata": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": ID,
            "metadata": {
                "type": "object",
                "properties": {
                    "alt_text": {
                        "type": "object",
                        "required": ["text"],
                        "properties": {"text": {"type": "string", "maxLength": 1000}},
                    }
                },
            },
        },
    },
}
FIELDS = {"type": "array", "minItems": 1}
SHORT_QUERIES = {
    "GET /2/users/me": {"user.fields": FIELDS, "expansions": FIELDS, "post.fields": FIELDS},
    "GET /2/users/{id}/tweets": {
        "max_results": {"type": "integer", "minimum": 5, "maximum": 100},
        "pagination_token": {"type": "string", "minLength": 1},
        "start_time": {"type": "string", "format": "date-time"},
        "end_time": {"type": "string", "format": "date-time"},
        "since_id": ID,
        "until_id": ID,
        "exclude": FIELDS,
        "post.fields": FIELDS,
        "expansions": FIELDS,
        "user.fields": FIELDS,
        "media.fields": FIELDS,
    },
    "GET /2/tweets/{id}": {"post.fields": FIELDS, "expansions": FIELDS, "user.fields": FIELDS, "media.fields": FIELDS},
    "GET /2/media/upload": {"media_id": ID, "command": {"type": "string", "enum": ["STATUS"]}},
}
REQUIRED_QUERIES = {"GET /2/media/upload": ["media_id"]}

# Path, the scopes that a token needs, how often in a window.
ROUTES = {
    "POST /2/tweets": ("tweet.write tweet.read users.read", 100),
    "GET /2/tweets/{id}": ("tweet.read users.read", 900),
    "DELETE /2/tweets/{id}": ("tweet.write tweet.read users.read", 50),
    "GET /2/users/me": ("tweet.read users.read", 75),
    "GET /2/users/{id}/tweets": ("tweet.read users.read", 900),
    "POST /2/users/{id}/retweets": ("tweet.write tweet.read users.read", 50),
    "DELETE /2/users/{id}/retweets/{source_tweet_id}": ("tweet.write tweet.read users.read", 50),
    "POST /2/media/upload": ("media.write", 500),
    "GET /2/media/upload": ("media.write", 1_000),
    "POST /2/media/upload/initialize": ("media.write", 1_875),
    "POST /2/media/upload/{id}/append": ("media.write", 1_875),
    "POST /2/media/upload/{id}/finalize": ("media.write", 1_875),
    "POST /2/media/metadata": ("media.write", 500),
    "POST /2/oauth2/token": (None, None),
    "POST /2/oauth2/revoke": (None, None),
}
# One word for each of the two ways to ask: the document's own and the older one, which is still taken.
POST_FIELDS = ("attachments", "conversation_id", "created_at", "entities", "lang", "reply_settings", "source")

lock = threading.RLock()
spec = None
here = ""
redirects = REDIRECTS
accounts = {}  # name: id
access = {}  # token: {"account", "scopes", "until"}
refreshes = {}  # token: {"account", "scopes"}
codes = {}  # code: what it was given for
posts = []
media = {}
faults = []
refused = []
counts = {}  # (route, account): [how often, since when]
spent = {}
read_today = set()
settings = {"expires_in": 7200, "credit": None, "limits": {}, "window": 900, "media": None, "login": None}


class Refused(Exception):
    def __init__(self, status, body, headers=()):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


def problem(status, title, detail, kind="about:blank", **more):
    return Refused(status, {"title": title, "detail": detail, "type": kind, "status": status, **more})


def typed(status, name, title, detail, **more):
    return problem(status, title, detail, f"https://api.x.com/2/problems/{name}", **more)


def invalid(message):
    body = {
        "errors": [{"message": message, "parameters": {}}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.x.com/2/problems/invalid-request",
    }
    return Refused(400, body)


def forbidden(detail):
    return problem(403, "Forbidden", detail)


def no_credit():
    detail = "Your enrolled account [1] does not have any credits to fulfill this request."
    return typed(402, "credits", "CreditsDepleted", detail, account_id=1)


# What the document says of bodies and queries


def resolved(schema):
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def wrong(schema, value, at=""):
    """What is wrong with a value, or None."""
    schema = resolved(schema)
    if value is None:
        return None if schema.get("nullable") else f"{at}: null"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            found = [wrong(one, value, at) for one in schema[several]]
            return None if None in found else found[0]
    kind = schema.get("type")
    kinds = {"object": dict, "array": list, "string": (str, bytes), "boolean": bool, "integer": int, "number": (int, float)}
    if kind in kinds and (not isinstance(value, kinds[kind]) or (kind != "boolean" and isinstance(value, bool))):
        return f"{at}: not of type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: not one of {schema['enum']}"
    if isinstance(value, dict):
        return wrong_object(schema, value, at)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return f"{at}: {len(value)} items"
        if schema.get("uniqueItems") and len({json.dumps(one) for one in value}) < len(value):
            return f"{at}: twice the same"
        return next(filter(None, (wrong(schema.get("items", {}), one, f"{at}[]") for one in value)), None)
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return f"{at}: {len(value)} characters"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{at}: not like {schema['pattern']}"
        if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", value):
            return f"{at}: no moment"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return f"{at}: out of range"
    return None


def wrong_object(schema, value, at):
    known = schema.get("properties")
    for name in schema.get("required", ()):
        if name not in value:
            return f"{at}.{name}: missing"
    for name, inner in value.items():
        if known is not None and name not in known:
            return f"{at}.{name}: unknown"
        found = wrong(known[name], inner, f"{at}.{name}") if known else None
        if found:
            return found
    return None


def schema_of(route):
    """Of a body; None: there is none."""
    if spec is None:
        return SHORT.get(route)
    method, path = route.split(" ")
    content = spec["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    return next((one["schema"] for one in content.values()), None)


def queries_of(route):
    """Of a query: by name the schema and whether it is needed."""
    if spec is None:
        needed = REQUIRED_QUERIES.get(route, [])
        return {name: (schema, name in needed) for name, schema in SHORT_QUERIES.get(route, {}).items()}
    method, path = route.split(" ")
    found = {}
    for one in spec["paths"][path][method.lower()].get("parameters", []):
        if "$ref" in one:
            one = spec["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]]
        if one["in"] == "query":
            found[one["name"]] = (one["schema"], one.get("required", False))
    return found


def note(route, why):
    refused.append({"route": route, "why": why})


def check_answer(route, status, value):
    method, path = route.split(" ")
    if spec is None or path not in spec["paths"]:
        return
    content = spec["paths"][path][method.lower()]["responses"].get(str(status), {}).get("content", {})
    schema = next((one["schema"] for one in content.values()), None)
    found = wrong(schema, value, "answer") if schema else f"answer: {status} is not documented"
    if found:
        note(route, found)


def check_query(route, query):
    known = queries_of(route)
    if "post.fields" in known:
        known["tweet.fields"] = (FIELDS, False)
    values = {}
    for name, text in query:
        if name not in known:
            raise invalid(f"The query parameter [{name}] is not one of [{','.join(known)}]")
        if name in values:
            raise invalid(f"The query parameter [{name}] is there twice")
        schema = resolved(known[name][0])
        value = text
        if schema.get("type") == "integer":
            value = int(text) if re.fullmatch(r"-?\d+", text) else text
        elif schema.get("type") == "array":
            value = text.split(",")
            # Values of fields that are unknown are dropped without a word.
            known_values = schema.get("items", {}).get("enum", value)
            if spec and (name == "tweet.fields" or not set(value) <= set(known_values)):
                note(route, f"dropped of {name}={text}")
            schema = {key: inner for key, inner in schema.items() if key != "items"}
        found = wrong(schema, value, name)
        if found:
            raise invalid(found)
        values[name] = value
    for name, (_, needed) in known.items():
        if needed and name not in values:
            raise invalid(f"{name}: missing")
    return values


def multipart(kind, body):
    boundary = re.search(r'boundary="?([^";]+)"?', kind)
    if not boundary:
        raise invalid("no boundary")
    mark = b"--" + boundary[1].encode()
    found = {}
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise invalid("the form is not whole")
    for piece in pieces[1:-1]:
        head, _, value = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'[ ;]name="([^"]*)"', head)
        if not name or name[1].decode() in found:
            raise invalid("a part without a name of its own")
        found[name[1].decode()] = value if b"filename=" in head else value.decode()
    return found


def read_body(route, headers, body):
    """What is in a request's body, in the document's form."""
    schema = schema_of(route)
    kind = headers.get("Content-Type", "")
    if schema is None:
        if body:
            raise invalid("there is nothing to be said here")
        return {}
    if kind.startswith("multipart/form-data") and route.startswith("POST /2/media/upload"):
        value = multipart(kind, body)
        if isinstance(value.get("segment_index"), str) and value["segment_index"].isdigit():
            value["segment_index"] = int(value["segment_index"])
        if isinstance(value.get("media"), str):
            raise invalid("media: no file")
    elif kind.split(";")[0] == "application/json":
        try:
            value = json.loads(body)
        except ValueError:
            raise invalid("no JSON") from None
    else:
        raise Refused(415, {"title": "Unsupported Media Type", "type": "about:blank", "status": 415, "detail": kind})
    found = wrong(schema, value, "body")
    if found:
        raise invalid(found)
    if isinstance(value.get("media"), str):
        try:
            value["media"] = base64.b64decode(value["media"], validate=True)
        except ValueError:
            raise invalid("media: no base64") from None
    return value


# Posts

last_id = 0


def next_id():
    """Grows with time, as X's do."""
    global last_id
    last_id = max((now_ms() - 1288834974657) << 22, last_id + 1)
    return str(last_id)


def now_ms():
    return time.time_ns() // 1_000_000


LINK = re.compile(
    r"https?://[!-~]+|(?<![\w@./#-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|jp|io|dev)(?![\w-])(?:/[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)


def links_in(text):
    for found in LINK.finditer(text):
        yield found.start(), found.start() + len(found[0].rstrip(".,!?:;)'\""))


def short(full):
    return "https://t.co/" + hashlib.sha256(full.encode()).hexdigest()[:10]


def shown(post):
    """The text with its links made short and three characters escaped, and the links."""
    text, urls, at = "", [], 0

    def add(url, full, **more):
        nonlocal text
        urls.append({"start": len(text), "end": len(text) + len(url), "url": url, "expanded_url": full, **more})
        text += url

    for start, end in links_in(post["text"]):
        text += html.escape(post["text"][at:start], quote=False)
        link = post["text"][start:end]
        add(short(link), link if "://" in link.lower() else "http://" + link, display_url=link)
        at = end
    text += html.escape(post["text"][at:], quote=False)
    if post["media"]:
        text += " " if text else ""
        page = f"https://x.com/{post['account']}/status/{post['id']}/photo/1"
        start = len(text)
        for one in post["media"]:
            add(short(page), page, media_key=media_key(one))
            text = text[:start]
        text += short(page)
    return text, urls


def media_key(one):
    return ("16_" if media[one]["category"] == "tweet_gif" else "3_") + one


def post_json(post, query):
    text, urls = shown(post)
    old = "tweet.fields" in query
    fields = query.get("tweet.fields" if old else "post.fields", [])
    expansions = query.get("expansions", [])
    value = {"id": post["id"], "text": text, f"edit_history_{'tweet' if old else 'post'}_ids": [post["id"]]}
    made = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(post["at_ms"] / 1000)) + f".{post['at_ms'] % 1000:03}Z"
    all_fields = {
        "created_at": made,
        "conversation_id": post["conversation"],
        "lang": "und",
        "reply_settings": "everyone",
        "source": "x_server",
    }
    if urls:
        all_fields["entities"] = {"urls": urls}
    if post["media"]:
        all_fields["attachments"] = {"media_keys": [media_key(one) for one in post["media"]]}
    value.update({name: all_fields[name] for name in fields if name in POST_FIELDS and name in all_fields})
    if "author_id" in (fields if old else expansions):
        value["author_id"] = accounts[post["account"]]
    refers = [("replied_to", post["reply_to"]), ("retweeted", post["repost_of"])]
    reference = [{"type": kind, "id": of} for kind, of in refers if of]
    if reference:
        if old and "referenced_tweets" in fields:
            value["referenced_tweets"] = reference
        if not old and "referenced_posts" in expansions:
            value["referenced_posts"] = reference
    return value


def there(post_id):
    return next((post for post in posts if post["id"] == post_id and not post["deleted"]), None)


def weight(text):
    """None: emoji, which are not counted here."""
    text = unicodedata.normalize("NFC", text)
    if re.search("[\U0001f000-\U0001faff\u200d\ufe0f\u20e3]", text):
        return None
    total = 0
    for start, end in links_in(text):
        total += 23 - (end - start)
    light = [range(4352), range(8192, 8206), range(8208, 8224), range(8242, 8248)]
    return total + sum(1 if any(ord(c) in one for one in light) else 2 for c in text)


def add_post(account, text, reply_to=None, pictures=(), repost_of=None):
    parent = there(reply_to) if reply_to else None
    post = {"id": next_id(), "account": account, "text": text, "reply_to": reply_to, "media": list(pictures)}
    post["repost_of"] = repost_of
    post |= {"at_ms": now_ms(), "deleted": False, "conversation": parent["conversation"] if parent else post["id"]}
    posts.append(post)
    return post


def same_words(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


def create_post(account, body):
    text = body.get("text", "")
    pictures = body.get("media", {}).get("media_ids", [])
    if not text.strip() and not pictures:
        raise invalid("text: nothing to post")
    if "quote_tweet_id" in body:
        raise forbidden("Quoting Posts is not permitted on this plan.")
    if body.get("nullcast"):
        raise forbidden("You are not permitted to perform this action.")
    if (weight(text) or 0) > 280:
        raise forbidden("Your Tweet text is too long.")
    if len(re.findall(r"(?<!\w)\$[A-Za-z]{1,6}\b", text)) > 1:
        raise forbidden("A Tweet may have a maximum of one cashtag.")
    reply_to = body.get("reply", {}).get("in_reply_to_tweet_id")
    if reply_to:
        parent = there(reply_to)
        if parent is None:
            raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if parent["account"] != account and f"@{account}".lower() not in parent["text"].lower():
            raise forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the "
                "author of the post you are replying to."
            )
    for one in pictures:
        found = media.get(one)
        if found is None or found["account"] != account or not found["ready"]:
            raise invalid("Your media IDs are invalid.")
    if len(set(pictures)) < len(pictures) or (len(pictures) > 1 and any(media[one]["category"] == "tweet_gif" for one in pictures)):
        raise invalid("Your media IDs are invalid.")
    words = same_words(text)
    if words and any(post["account"] == account and not post["deleted"] and same_words(post["text"]) == words for post in posts):
        raise forbidden("You are not allowed to create a Tweet with duplicate content.")
    charge("post_with_url" if any(links_in(text)) else "post")
    post = add_post(account, text, reply_to, pictures)
    value = post_json(post, {})
    return 201, {"data": {"id": value["id"], "text": value["text"], "edit_history_post_ids": [value["id"]]}}


def own_repost(account, of):
    return next((post for post in posts if (post["account"], post["repost_of"]) == (account, of) and not post["deleted"]), None)


def repost(account, user, of):
    if user != accounts[account]:
        raise forbidden("You are not permitted to perform this action.")
    original = there(of)
    if original is None or original["repost_of"]:
        raise typed(404, "resource-not-found", "Not Found Error", f"Could not find tweet with id: [{of}].")
    if own_repost(account, of):
        raise forbidden("You cannot retweet a Tweet that you have already retweeted.")
    charge("repost")
    add_post(account, f"RT @{original['account']}: {original['text']}"[:140], repost_of=of)
    return 200, {"data": {"retweeted": True, "rest_id": of}}


def undo_repost(account, user, of):
    if user != accounts[account]:
        raise forbidden("You are not permitted to perform this action.")
    made = own_repost(account, of)
    if made:
        charge("delete")
        made["deleted"] = True
    return 200, {"data": {"retweeted": False}}


def own_posts(account, user, query):
    if user != accounts[account]:
        raise typed(403, "not-authorized-for-resource", "Authorization Error", "Only own posts are served here.")

    def fits(post):
        return (
            post["account"] == account
            and not post["deleted"]
            and int(query.get("since_id", "0")) < int(post["id"]) < int(query.get("until_id", "9" * 19))
            and moment(query.get("start_time"), 0) <= post["at_ms"] < moment(query.get("end_time"), 1 << 60)
            and not ("replies" in query.get("exclude", []) and post["reply_to"])
        )

    found = [post for post in reversed(posts) if fits(post)]
    token = query.get("pagination_token")
    if token:
        before = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode() if token.isascii() else ""
        if not before.isdigit():
            raise invalid("pagination_token: none of ours")
        found = [post for post in found if int(post["id"]) < int(before)]
    page = found[: query.get("max_results", 10)]
    for post in page:
        seen = (time.strftime("%F", time.gmtime()), post["id"])
        if seen not in read_today:
            read_today.add(seen)
            charge("read_own")
    meta = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
    if len(found) > len(page):
        meta["next_token"] = base64.urlsafe_b64encode(page[-1]["id"].encode()).decode().rstrip("=")
    value = {"meta": meta}
    if page:
        value["data"] = [post_json(post, query) for post in page]
    return 200, value


def moment(text, default):
    if text is None:
        return default
    parsed = time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(parsed) * 1000 + (int(text[20:23]) if "." in text else 0)


def charge(kind):
    price = PRICES[kind]
    if settings["credit"] is not None:
        if settings["credit"] <= 0:
            raise no_credit()
        settings["credit"] -= price
    spent[kind] = spent.get(kind, 0) + price


# Pictures

MAGIC = {b"\x89PNG": "image/png", b"GIF8": "image/gif", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def type_of(data):
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)


def check_picture(data, category, said=None):
    kind = type_of(data)
    if kind is None or (said and said != kind):
        raise invalid("media: the file is not what it is said to be")
    if category not in ("tweet_image", "tweet_gif") or (category == "tweet_gif") != (kind == "image/gif"):
        raise invalid("media_category: another kind of file")
    if len(data) > (15_000_000 if kind == "image/gif" else 5_000_000):
        raise invalid("media: too large")
    return kind


def states_of(category):
    chosen, settings["media"] = settings["media"], None
    if chosen is None:
        chosen = ["pending", "in_progress", "succeeded"] if category == "tweet_gif" else []
    return list(chosen)


def media_json(one):
    found = media[one]
    value = {"id": one, "media_key": media_key(one), "size": len(found["data"]), "expires_after_secs": 86400}
    if found["states"]:
        state = found["states"][0]
        info = {"state": state}
        if state in ("pending", "in_progress"):
            info["check_after_secs"] = 1
            info["progress_percent"] = 0 if state == "pending" else 50
            found["states"].pop(0)
        else:
            found["ready"] = state == "succeeded"
        value["processing_info"] = info
    return 200, {"data": value}


def own_media(account, one):
    found = media.get(one)
    if found is None or found["account"] != account:
        raise typed(404, "resource-not-found", "Not Found Error", f"Could not find media with id: [{one}].")
    return found


def upload_at_once(account, body):
    kind = check_picture(body["media"], body["media_category"])
    states = states_of(body["media_category"])
    one = next_id()
    media[one] = {"account": account, "category": body["media_category"], "type": kind, "data": body["media"], "alt": None}
    media[one] |= {"states": states, "ready": not states, "open": False}
    return media_json(one)


def initialize(account, body):
    for name in ("media_type", "media_category", "total_bytes"):
        if name not in body:
            raise invalid(f"{name}: missing")
    one = next_id()
    media[one] = {"account": account, "category": body["media_category"], "type": body["media_type"], "data": b"", "alt": None}
    media[one] |= {"states": [], "ready": False, "open": True, "pieces": {}, "total": body["total_bytes"]}
    return 200, {"data": {"id": one, "media_key": media_key(one), "expires_after_secs": 86400}}


def append(account, one, body):
    found = own_media(account, one)
    if not found["open"] or len(body["media"]) > 5_000_000:
        raise invalid("media: no more can be taken")
    found["pieces"][body["segment_index"]] = body["media"]
    return 200, {"data": {"expires_at": int(time.time()) + 86400}}


def finalize(account, one):
    found = own_media(account, one)
    if not found["open"] or sorted(found["pieces"]) != list(range(len(found["pieces"]))):
        raise invalid("Segments do not add up to provided total file size.")
    data = b"".join(found["pieces"][index] for index in sorted(found["pieces"]))
    if len(data) != found["total"]:
        raise invalid("Segments do not add up to provided total file size.")
    check_picture(data, found["category"], found["type"])
    states = states_of(found["category"])
    found |= {"data": data, "open": False, "states": states, "ready": not states}
    return media_json(one)


def media_status(account, query):
    found = own_media(account, query["media_id"])
    if found["open"]:
        raise invalid("media_id: not whole yet")
    return media_json(query["media_id"])


def describe(account, body):
    found = own_media(account, body["id"])
    text = body.get("metadata", {}).get("alt_text", {}).get("text")
    if text is None or found["open"]:
        raise invalid("metadata: nothing to keep")
    charge("media_metadata")
    found["alt"] = text
    return 200, {"data": {"id": body["id"], "associated_metadata": {"alt_text": {"text": text}}}}


# Signing in


def oauth_error(status, code, words):
    return Refused(status, {"error": code, "error_description": words})


def grant(account, scopes):
    token = secrets.token_urlsafe(32)
    access[token] = {"account": account, "scopes": scopes.split(), "until": time.time() + settings["expires_in"]}
    value = {"token_type": "bearer", "expires_in": settings["expires_in"], "access_token": token, "scope": scopes}
    if "offline.access" in scopes.split():
        value["refresh_token"] = secrets.token_urlsafe(32)
        refreshes[value["refresh_token"]] = {"account": account, "scopes": scopes}
    return value


def form_of(headers, body, known):
    if headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
        raise oauth_error(400, "invalid_request", "The content type is not a form's")
    pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
    form = dict(pairs)
    if len(form) < len(pairs) or set(form) - set(known):
        raise oauth_error(400, "invalid_request", f"Unknown or repeated: {sorted(form)}")
    if form.get("client_id") != CLIENT:
        raise oauth_error(401, "unauthorized_client", "Missing valid authorization header")
    return form


def token_call(headers, body):
    known = ("grant_type", "code", "redirect_uri", "client_id", "code_verifier", "refresh_token")
    form = form_of(headers, body, known)
    if form.get("grant_type") == "refresh_token":
        old = refreshes.pop(form.get("refresh_token"), None)
        if old is None or "code" in form:
            raise oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
        return 200, grant(old["account"], old["scopes"])
    if form.get("grant_type") != "authorization_code":
        raise oauth_error(400, "unsupported_grant_type", "The grant type is not one of ours")
    given = codes.pop(form.get("code"), None)
    if given is None or time.time() > given["until"]:
        raise oauth_error(400, "invalid_request", "Value passed for the authorization code was invalid.")
    if form.get("redirect_uri") != given["redirect_uri"]:
        raise oauth_error(400, "invalid_request", "Value passed for the redirect uri did not match the uri of the authorization code.")
    verifier = form.get("code_verifier", "")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    made = digest if given["method"] == "S256" else verifier
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) or made != given["challenge"]:
        raise oauth_error(400, "invalid_request", "Value passed for the code verifier did not match the code challenge.")
    return 200, grant(given["account"], given["scope"])


def revoke_call(headers, body):
    form = form_of(headers, body, ("token", "client_id", "token_type_hint"))
    if not form.get("token"):
        raise oauth_error(400, "invalid_request", "Missing required parameter [token].")
    access.pop(form["token"], None)
    refreshes.pop(form["token"], None)
    return 200, {"revoked": True}


def asked_to_authorize(text):
    """The question that the page is opened with, or why there is none."""
    query = parse_qs(text, keep_blank_values=True)
    asked = {name: values[0] for name, values in query.items()}
    if any(len(values) > 1 for values in query.values()):
        return asked, "a parameter is there twice"
    checks = [
        ("response_type", asked.get("response_type") == "code"),
        ("client_id", asked.get("client_id") == CLIENT),
        ("redirect_uri", asked.get("redirect_uri") in redirects),
        ("scope", {"tweet.read", "users.read"} <= set(asked.get("scope", "").split(" ")) <= set(SCOPES.split())),
        ("state", 1 <= len(asked.get("state", "")) <= 500),
        ("code_challenge", bool(re.fullmatch(r"[A-Za-z0-9_~.-]{43,128}", asked.get("code_challenge", "")))),
        ("code_challenge_method", asked.get("code_challenge_method") in ("S256", "plain")),
    ]
    return asked, next((name for name, fine in checks if not fine), None)


def authorize_page(text):
    asked, found = asked_to_authorize(text)
    if found:
        refused.append({"route": "GET /i/oauth2/authorize", "why": found})
        return 400, f"<h1>Something went wrong</h1><p>You weren't able to give access to the App: {html.escape(found)}</p>"
    hidden = "".join(f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in asked.items())
    scopes = "".join(f"<li>{html.escape(one)}</li>" for one in asked["scope"].split(" "))
    return 200, (
        f"<h1>An app wants to access your X account</h1><p>@{settings['login']}</p><ul>{scopes}</ul>"
        f'<form method="post" action="/i/oauth2/authorize">{hidden}'
        '<button name="answer" value="yes">Authorize app</button> <button name="answer" value="no">Cancel</button></form>'
    )


def authorized(body):
    """Where the browser is sent: the address that was registered, with a code or a no."""
    pairs = dict(parse_qsl(body.decode(), keep_blank_values=True))
    answer = pairs.pop("answer", None)
    asked, found = asked_to_authorize(urlencode(pairs))
    if found or answer not in ("yes", "no"):
        return None
    if answer == "no":
        return f"{asked['redirect_uri']}?error=access_denied&state={quote(asked['state'], safe='')}"
    code = secrets.token_urlsafe(48)
    codes[code] = {"account": settings["login"], "until": time.time() + CODE_LIFE, "redirect_uri": asked["redirect_uri"]}
    codes[code] |= {"scope": asked["scope"], "challenge": asked["code_challenge"], "method": asked["code_challenge_method"]}
    return f"{asked['redirect_uri']}?state={quote(asked['state'], safe='')}&code={code}"


# Requests


def route_of(method, path):
    for route in ROUTES:
        kind, template = route.split(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
        found = re.fullmatch(pattern, path) if kind == method else None
        # A fixed step comes before one that stands for anything.
        if found and not (template.endswith("{id}") and f"{method} {path}" in ROUTES):
            return route, found.groups()
    return None, ()


def bearer(headers):
    kind, _, token = headers.get("Authorization", "").partition(" ")
    found = access.get(token) if kind == "Bearer" else None
    if found is None or time.time() > found["until"]:
        raise problem(401, "Unauthorized", "Unauthorized")
    return found


def limited(route, account):
    """The headers that every answer has, and a no where nothing is left."""
    most = settings["limits"].get(route, ROUTES[route][1])
    count = counts.setdefault((route, account), [0, time.time()])
    if time.time() >= count[1] + settings["window"]:
        count[:] = [0, time.time()]
    count[0] += 1
    reset = int(count[1] + settings["window"]) + 1
    headers = [("x-rate-limit-limit", most), ("x-rate-limit-remaining", max(most - count[0], 0)), ("x-rate-limit-reset", reset)]
    if count[0] > most:
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
        raise Refused(429, body, headers)
    return headers


def fault_for(route):
    for fault in faults:
        if fault["on"] == route and fault["times"] > 0:
            fault["times"] -= 1
            return fault
    return {"kind": None}


def before(fault):
    kind = fault["kind"]
    if kind == "500_before":
        raise typed(500, "internal-error", "Internal Error", "Something is broken.")
    if kind == "unauthorized":
        raise problem(401, "Unauthorized", "Unauthorized")
    if kind == "rate_limit":
        reset = int(time.time()) + int(fault.get("seconds", 60))
        headers = [("x-rate-limit-limit", 100), ("x-rate-limit-remaining", 0), ("x-rate-limit-reset", reset)]
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
        raise Refused(429, body, headers)
    if kind == "credit":
        raise no_credit()
    if kind == "usage_cap":
        detail = "Usage cap exceeded: Monthly product cap"
        raise typed(429, "usage-capped", "UsageCapExceeded", detail, period="Monthly", scope="Product")


def done(route, ids, account, query, body):
    if route == "POST /2/tweets":
        return create_post(account, body)
    if route == "GET /2/tweets/{id}":
        post = there(ids[0])
        if post is None:
            raise typed(404, "resource-not-found", "Not Found Error", f"Could not find tweet with id: [{ids[0]}].")
        return 200, {"data": post_json(post, query)}
    if route == "DELETE /2/tweets/{id}":
        post = there(ids[0])
        if post is None:
            raise typed(404, "resource-not-found", "Not Found Error", f"Could not find tweet with id: [{ids[0]}].")
        if post["account"] != account:
            raise forbidden("You are not authorized to delete this Tweet.")
        charge("delete")
        post["deleted"] = True
        return 200, {"data": {"deleted": True}}
    if route == "GET /2/users/me":
        return 200, {"data": {"id": accounts[account], "name": account.title(), "username": account}}
    if route == "GET /2/users/{id}/tweets":
        return own_posts(account, ids[0], query)
    if route == "POST /2/users/{id}/retweets":
        return repost(account, ids[0], body["tweet_id"])
    if route == "DELETE /2/users/{id}/retweets/{source_tweet_id}":
        return undo_repost(account, *ids)
    if route == "POST /2/media/upload":
        return upload_at_once(account, body)
    if route == "GET /2/media/upload":
        return media_status(account, query)
    if route == "POST /2/media/upload/initialize":
        return initialize(account, body)
    if route == "POST /2/media/upload/{id}/append":
        return append(account, ids[0], body)
    if route == "POST /2/media/upload/{id}/finalize":
        return finalize(account, ids[0])
    return describe(account, body)


def log_entry(post):
    pictures = [{"id": one, "alt": media[one]["alt"], "type": media[one]["type"]} for one in post["media"]]
    for one, picture in zip(post["media"], pictures):
        picture["sha256"] = hashlib.sha256(media[one]["data"]).hexdigest()
    known = ("id", "account", "text", "at_ms", "reply_to", "repost_of", "deleted")
    return {name: post[name] for name in known} | {"media": pictures}


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

    def say(self, status, value, headers=()):
        kind = "application/json; charset=utf-8"
        if status >= 400 and isinstance(value, dict) and "title" in value:
            kind = "application/problem+json"
        self.write(status, kind, json.dumps(value).encode(), headers)

    def page(self, status, text, headers=()):
        whole = f"<!doctype html><meta charset=utf-8><title>X</title>{text}"
        self.write(status, "text/html; charset=utf-8", whole.encode(), headers)

    def write(self, status, kind, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def body(self):
        length = int(self.headers.get("Content-Length", "0"))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole
        whole = self.rfile.read(length)
        if len(whole) < length:
            raise ConnectionError
        return whole

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def do_PUT(self):
        self.answer("PUT")

    def answer(self, method):
        body = self.body()
        url = urlsplit(self.path)
        if url.path.startswith("/_") or url.path == "/log":
            return self.beyond(method, url.path, body)
        if url.path == "/i/oauth2/authorize":
            return self.authorize(method, url.query, body)
        route, ids = route_of(method, url.path)
        if route is None:
            return self.other_page(method, url.path)
        with lock:
            fault = fault_for(route)
        if fault["kind"] == "drop_before":
            return self.drop()
        headers = []
        try:
            with lock:
                before(fault)
                if fault["kind"] == "html":
                    return self.page(200, "<p>Sign in to this network</p>")
                status, value = self.api(route, ids, url.query, body, headers, fault)
        except Refused as no:
            if no.status in (400, 415):
                with lock:
                    refused.append({"route": route, "why": json.dumps(no.body)})
            return self.say(no.status, no.body, no.headers or headers)
        return self.told(fault, status, value, headers)

    def api(self, route, ids, query, body, headers, fault):
        if route == "POST /2/oauth2/token":
            return token_call(self.headers, body)
        if route == "POST /2/oauth2/revoke":
            return revoke_call(self.headers, body)
        token = bearer(self.headers)
        account = token["account"]
        headers.extend(limited(route, account))
        if set(ROUTES[route][0].split()) - set(token["scopes"]):
            raise forbidden("Forbidden")
        if settings["credit"] is not None and settings["credit"] <= 0:
            raise no_credit()
        for one in ids:
            found = wrong(ID, one, "id")
            if found:
                raise invalid(found)
        query = check_query(route, parse_qsl(query, keep_blank_values=True))
        status, value = done(route, ids, account, query, read_body(route, self.headers, body))
        if "tweet.fields" not in query:
            check_answer(route, status, value)
        if fault["kind"] == "other_author" and route == "GET /2/users/me":
            other = next(name for name in [*accounts, "nobody"] if name != account)
            value = {"data": {"id": accounts.get(other, "1"), "name": other.title(), "username": other}}
        return status, value

    def told(self, fault, status, value, headers):
        """It is done: what is answered, if anything is."""
        kind = fault["kind"]
        if kind == "500_after":
            no = typed(500, "internal-error", "Internal Error", "Something is broken.")
            return self.say(no.status, no.body, headers)
        if kind == "drop_after":
            return self.drop()
        if kind == "html_after":
            return self.page(502, "<h1>Bad gateway</h1>")
        if kind == "slow":
            time.sleep(float(fault.get("seconds", 5)))
        if kind == "huge":
            value = {**value, "padding": "x" * (16 << 20)}
        return self.say(status, value, headers)

    def authorize(self, method, query, body):
        with lock:
            if method == "GET":
                return self.page(*authorize_page(query))
            address = authorized(body) if method == "POST" else None
        if address is None:
            return self.page(400, "<h1>Something went wrong</h1>")
        return self.page(302, "", [("Location", address)])

    def other_page(self, method, path):
        found = re.fullmatch(r"/\w+/(?:web/)?status/(\d+)", path)
        with lock:
            post = there(found[1]) if found and method == "GET" else None
        if post:
            return self.page(200, f"<h1>@{post['account']}</h1><p>{html.escape(post['text'])}</p>")
        # What no version of the API has is answered without a body.
        return self.write(404, "text/plain", b"")

    def beyond(self, method, path, body):
        asked = json.loads(body) if body else {}
        with lock:
            if path == "/log":
                return self.say(200, [log_entry(post) for post in posts])
            if path == "/_refused":
                return self.say(200, refused)
            if path.startswith("/_media/") and path[8:] in media:
                return self.write(200, media[path[8:]]["type"], media[path[8:]]["data"])
            if path == "/_cost":
                return self.say(200, {"total": sum(spent.values()), "by": spent})
            if method != "POST":
                return self.write(404, "text/plain", b"")
            if path == "/_faults":
                faults.append({"times": 1, **asked})
                return self.say(200, faults[-1])
            if path == "/_expire":
                for token in access.values():
                    if asked.get("account") in (None, token["account"]):
                        token["until"] = 0
                return self.say(200, {})
            if path == "/_settings":
                if set(asked) - set(settings):
                    return self.say(400, {"unknown": sorted(set(asked) - set(settings))})
                settings.update(asked)
                return self.say(200, settings)
            if path == "/_posts":
                return self.say(200, log_entry(add_post(asked["account"], asked["text"], asked.get("reply_to"))))
        return self.write(404, "text/plain", b"")


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    global spec, here, redirects
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            spec = json.load(file)
    if os.environ.get("X_REDIRECTS"):
        redirects = os.environ["X_REDIRECTS"].split(",")
    known = []
    for n, name in enumerate(("alice", "bob")):
        accounts[name] = str(2244994945 + n)
        tokens = grant(name, SCOPES)
        known.append({"username": name, "id": accounts[name], "token": tokens["access_token"], "refresh_token": tokens["refresh_token"]})
    settings["login"] = "alice"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=end_with_stdin, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"server": here, "client_id": CLIENT, "redirects": redirects, "accounts": known}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
