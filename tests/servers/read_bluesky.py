"""Reads one account's posts from its server through the atproto package, which shares no code with ours or with the
server's. Oldest key first, as JSON; every blob that a post names is fetched and kept in BLOB_FOLDER for other tools.

    python read_bluesky.py SERVER_URL DID BLOB_FOLDER
"""

import json
import os
import sys

from atproto import Client
from atproto_client.models.utils import get_model_as_dict


def blobs_in(value):
    """Every blob reference inside a record, in the order of reading."""
    if isinstance(value, dict):
        if value.get("$type") == "blob":
            yield value
        else:
            for inner in value.values():
                yield from blobs_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from blobs_in(inner)


def main():
    server_url, did, folder = sys.argv[1:]
    client = Client(base_url=f"{server_url}/xrpc")
    records, cursor = [], None
    while True:
        asked = {"repo": did, "collection": "app.bsky.feed.post", "limit": 100, "reverse": True, "cursor": cursor}
        page = client.com.atproto.repo.list_records({k: v for k, v in asked.items() if v is not None})
        records += page.records
        cursor = page.cursor
        if not cursor or not page.records:
            break

    posts = []
    for record in records:
        value = get_model_as_dict(record.value)
        blobs = []
        for blob in blobs_in(value):
            cid = blob["ref"]["$link"] if "$link" in blob["ref"] else blob["ref"]["link"]
            path = os.path.join(folder, cid)
            with open(path, "wb") as file:
                file.write(client.com.atproto.sync.get_blob({"did": did, "cid": cid}))
            blobs.append({"cid": cid, "mime_type": blob["mimeType"], "bytes": blob["size"], "path": path})
        posts.append({"uri": record.uri, "cid": record.cid, "record": value, "blobs": blobs})
    json.dump(posts, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
