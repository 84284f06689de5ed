"""Reads feeds with feedparser, as a feed reader would: `feed.py URL...`; what it understood, as JSON."""

import json
import sys

import feedparser


def read(url):
    parsed = feedparser.parse(url)
    time = lambda value: list(value) if value else None
    return {
        "status": parsed.get("status"),
        "wrong": str(parsed.get("bozo_exception", "")) if parsed.bozo else None,
        "version": parsed.version,
        "id": parsed.feed.get("id"),
        "title": parsed.feed.get("title"),
        "updated": time(parsed.feed.get("updated_parsed")),
        "author": parsed.feed.get("author"),
        "links": {link.rel: link.href for link in parsed.feed.get("links", [])},
        "entries": [
            {
                "id": entry.get("id"),
                "title": entry.get("title"),
                "title_type": entry.title_detail.type,
                "updated": time(entry.get("updated_parsed")),
                "author": entry.get("author"),
                "link": entry.get("link"),
                "links": {link.type: link.href for link in entry.get("links", [])},
                "summary": entry.get("summary"),
                "terms": [[tag.scheme, tag.term] for tag in entry.get("tags", [])],
            }
            for entry in parsed.entries
        ],
    }


print(json.dumps([read(url) for url in sys.argv[1:]]))
