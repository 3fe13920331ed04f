from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from rustrak import asgi
from tests.lib.asgi_client import Client


@pytest.mark.parametrize(
    ("path", "status", "content_type"),
    [
        ("/robots.txt", 200, b"text/plain; charset=utf-8"),
        ("/favicon.ico", 200, b"image/svg+xml"),
        ("/apple-touch-icon.png", 404, b"text/plain; charset=utf-8"),
        ("/apple-touch-icon-120x120-precomposed.png", 404, b"text/plain; charset=utf-8"),
        ("/sitemap.xml", 404, b"text/plain; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_they_are_answered_without_a_page(
    path: str, status: int, content_type: bytes, method: str, caplog: Any
) -> None:
    with mock.patch.object(asgi, "pages", side_effect=AssertionError):
        answer = Client().call(path, method=method)
    if method == "OPTIONS":
        assert (answer.status, answer.headers[b"allow"]) == (204, b"GET, HEAD, OPTIONS")
    else:
        assert (answer.status, answer.headers[b"content-type"]) == (status, content_type)
        assert answer.headers[b"x-content-type-options"] == b"nosniff"
        assert bool(answer.body) == (method == "GET")
    assert caplog.text == ""


def test_crawlers_are_asked_to_stay_away() -> None:
    assert Client().call("/robots.txt").body == b"User-agent: *\nDisallow: /\n"
