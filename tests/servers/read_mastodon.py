"""Reads one account's own posts through Mastodon.py, which shares no code with ours. Oldest first, as JSON.

    TOKEN=… python read_mastodon.py SERVER_URL
"""

import json
import os
import sys
from html.parser import HTMLParser

from mastodon import Mastodon


class PlainText(HTMLParser):
    """The text a reader sees: tags gone, paragraphs and line breaks kept."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self.text += "\n"
        elif tag == "p" and self.text:
            self.text += "\n\n"

    def handle_data(self, data):
        self.text += data


def as_json(status):
    return {
        "id": str(status.id),
        "created_at_ms": round(status.created_at.timestamp() * 1000),
        "text": PlainText(status.content).text,
        "html": status.content,
        "spoiler_text": status.spoiler_text or "",
        "sensitive": status.sensitive,
        "visibility": status.visibility,
        "language": status.language,
        "in_reply_to_id": status.in_reply_to_id and str(status.in_reply_to_id),
        "media": [
            {"id": str(m.id), "kind": m.type, "description": m.description, "url": m.url}
            for m in status.media_attachments
        ],
    }


def main():
    server = Mastodon(
        access_token=os.environ["TOKEN"], api_base_url=sys.argv[1], version_check_mode="none", request_timeout=30
    )
    page = server.account_statuses(server.me().id, limit=40)
    statuses = []
    while page:
        statuses += page
        page = server.fetch_next(page)
    json.dump([as_json(s) for s in reversed(statuses)], sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
