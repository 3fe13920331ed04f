"""Reads pages whose values are links to the issues that have them."""

from __future__ import annotations

import html
import re

_DOOR = re.compile(r'<a class="door[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def without_doors(page: str) -> str:
    """The HTML with the values themselves in the place of such links."""
    return _DOOR.sub(r"\2", page)


def doors(page: str) -> dict[str, str]:
    """Where each of them leads, by its text; of several with one text the first."""
    found: dict[str, str] = {}
    for link, text in _DOOR.findall(page):
        found.setdefault(html.unescape(re.sub("<[^>]*>", "", text)), html.unescape(link))
    return found
