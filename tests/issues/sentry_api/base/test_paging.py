"""issues/sentry_api/base/paging.py"""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from issues.sentry_api.base import paging
from rustrak.lib import problems
from rustrak.lib.cursor import BadCursor


def test_the_link_header_leads_to_the_next_page(settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://errors.example.com/sub"
    request = RequestFactory().get("/api/0/projects/", {"per_page": "2", "query": "a b", "cursor": ""})
    items, more = paging.part(request, [1, 2, 3], "numbers")
    link = paging.answer(request, items, more)["Link"]
    previous, following = link.split(", ")
    assert 'rel="previous"; results="false"' in previous
    address = re.fullmatch(r'<(.*)>; rel="next"; results="true"; cursor="(.+)"', following)
    assert address is not None
    assert address[1].startswith("https://errors.example.com/api/0/projects/?per_page=2&query=a+b&cursor=")
    request = RequestFactory().get("/api/0/projects/", {"per_page": "2", "cursor": address[2]})
    assert paging.part(request, [1, 2, 3], "numbers") == ([3], None)
    with pytest.raises(BadCursor):
        paging.part(request, [1, 2, 3], "others")


def test_first_pages_and_limits() -> None:
    for cursor in ("", "0:0:0", "100:0:0"):
        assert paging.cursor(RequestFactory().get("/", {"cursor": cursor})) is None
    assert paging.limit(RequestFactory().get("/", {"limit": "500"})) == paging.MOST
    for text in ("0", "-1", "x", "9" * 30):
        with pytest.raises(problems.BadInput):
            paging.limit(RequestFactory().get("/", {"per_page": text}))
