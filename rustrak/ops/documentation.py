"""The pages below /docs/: the documents of this installation's own version, which need no other site.

The documents are ours, so that they are trusted; raw HTML in them is shown as text all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from accounts.access import signed_in

ROOT = Path(__file__).parents[2]
# The documents that people look for, in this order; others follow by name.
_FIRST = ("operations", "search", "grouping", "alerts", "health", "api", "protocol", "changelog")


@dataclass(frozen=True)
class Document:
    """A document: `name` is its address below /docs/, `title` its first heading, `html` all of it."""

    name: str
    title: str
    html: SafeString


@lru_cache(maxsize=1)
def documents() -> dict[str, Path]:
    """The file of each document by its name. Only these are served, so no name leads out of the directory."""
    found = {"changelog": ROOT / "CHANGELOG.md"} if (ROOT / "CHANGELOG.md").is_file() else {}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        found[path.relative_to(ROOT / "docs").with_suffix("").as_posix()] = path
    rank = {name: number for number, name in enumerate(_FIRST)}
    return dict(sorted(found.items(), key=lambda each: (rank.get(each[0], len(_FIRST)), each[0])))


@lru_cache(maxsize=128)
def document(name: str) -> Document:
    """The document of this name, rendered once in the life of the process. Raises KeyError for an unknown name."""
    text = documents()[name].read_text()
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    title = _prepare(tokens, name)
    return Document(name, title or name, mark_safe(parser.renderer.render(tokens, parser.options, {})))


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """All documents; the decisions in a list of their own."""
    found = [document(name) for name in documents()]
    context = {
        "documents": [each for each in found if "/" not in each.name],
        "decisions": [each for each in found if "/" in each.name],
    }
    return render(request, "docs/index.html", context)


@signed_in
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One document."""
    if name not in documents():
        raise Http404
    return render(request, "docs/page.html", {"document": document(name)})


def _prepare(tokens: Sequence[Token], name: str) -> str:
    """Give headings their anchors, links between documents their addresses, and wide blocks a box that scrolls.

    Returns the text of the first heading.
    """
    title, anchors = "", set[str]()
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            words = "".join(child.content for child in tokens[position + 1].children or ())
            title = title or words
            token.attrSet("id", _anchor(words, anchors))
        elif token.type == "table_open":
            token.attrSet("class", "table")
            # It may scroll sideways, which takes focus where there is no mouse.
            token.attrSet("tabindex", "0")
        elif token.type in ("fence", "code_block"):
            token.attrSet("tabindex", "0")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrGet("href") or ""), name))
    return title


def _anchor(words: str, taken: set[str]) -> str:
    """An anchor as GitHub makes them, so that links work in both places."""
    plain = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
    number = 0
    while (anchor := f"{plain}-{number}" if number else plain) in taken:
        number += 1
    taken.add(anchor)
    return anchor


def _address(link: str, name: str) -> str:
    """Where a link of the document `name` leads: another document keeps its anchor, a folder is the index."""
    path, hash_, anchor = link.partition("#")
    if not path or ":" in path:
        return link
    parts: list[str] = []
    for part in (PurePosixPath("docs") / name).parent.joinpath(path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    target = "/".join(parts).removeprefix("docs/").removesuffix(".md")
    if target == "CHANGELOG":
        target = "changelog"
    if target not in documents():
        return reverse("documentation")
    return reverse("document", args=[target]) + hash_ + anchor
