"""Posts envelopes to a live server, as SDKs do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def address_and_key(dsn: str) -> tuple[str, str]:
    """The URL to which an SDK with this DSN posts envelopes, and its key."""
    parts = urlsplit(dsn)
    path, _, project = parts.path.rpartition("/")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{path}/api/{project}/envelope/", parts.username or ""


def post(address: str, key: str, *items: tuple[str, str]) -> int:
    """Post an envelope with `items`, which are (type, payload). Returns the status of the answer."""
    lines = [part for kind, payload in items for part in (json.dumps({"type": kind}), payload)]
    request = urllib.request.Request(
        f"{address}?sentry_key={key}", data="\n".join(["{}", *lines]).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
