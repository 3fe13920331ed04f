"""Files that browsers and crawlers ask every host for: answered without a page thread, and without a line in the log."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings

from rustrak.run import answers
from rustrak.run.answers import Answer

_ROBOTS = b"User-agent: *\nDisallow: /\n"
_MISSING = re.compile(
    r"/apple-touch-icon[\w-]{0,40}\.png|/browserconfig\.xml|/sitemap\.xml|/ads\.txt", re.ASCII
)


def answer(path: str) -> Answer | None:
    """The answer to a request for `path`, if it is one of these files."""
    if path == "/robots.txt":
        return _file("text/plain; charset=utf-8", _ROBOTS)
    if path == "/favicon.ico":
        return _file("image/svg+xml", _icon())
    if _MISSING.fullmatch(path):
        return answers.plain(404, "There is no such file.")
    return None


def _file(content_type: str, body: bytes) -> Answer:
    found = answers.bytes_of(200, content_type, body)
    kept = [field for field in found.headers if field[0] != b"cache-control"]
    return Answer(200, [*kept, (b"cache-control", b"max-age=86400")], body)


@cache
def _icon() -> bytes:
    return (settings.BASE_DIR / "static/favicon.svg").read_bytes()
