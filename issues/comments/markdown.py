"""Comments as HTML. markdown-it-py parses CommonMark with tables, nh3 lets only a few harmless elements through. Pure.

Raw HTML is shown as text, an image is a link: the page loads nothing from elsewhere. What can be written is bounded by LONGEST.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Characters of one comment.
LONGEST = 10_000
#: Cells of tables in one comment. The parser fills up short rows, so that a wide table of empty rows has very many.
MOST_CELLS = 5_000
#: Mentions in one comment; further ones are text.
MOST_MENTIONS = 50

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
# An address in the text. What ends a sentence is not part of it.
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|*]{1,1000}")
_ENDING = ".,;:!?)]}"
# `@ana`, `@ana@example.org`, `#payments`: not inside of a word or an address.
_MENTION = re.compile(r"(?<![\w@#/.&-])([@#])([\w.+-]{1,64}(?:@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})?)")


def _parser(*blocks: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False, "maxNesting": 20})
    return parser.enable([*blocks, "strikethrough"]).disable(["html_block", "html_inline", "image"])


_PARSER, _WITHOUT_TABLES = _parser("table"), _parser()


@lru_cache(maxsize=256)
def html(text: str) -> SafeString:
    """The comment as HTML that may be put into a page."""
    tokens = _parsed(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # The page has its own headings above these.
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
        elif token.type == "inline" and token.children:
            token.children = list(_linked(token.children))
    rendered = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)


def mentions(text: str) -> list[str]:
    """The words that may be mentions, each once, as they are written: `@ana`, `#payments`. Not those in code."""
    found: dict[str, None] = {}
    for token in _parsed(text):
        for each in token.children or ():
            if each.type == "text":
                for match in _MENTION.finditer(each.content):
                    found[match[1] + match[2].rstrip(".-+")] = None
                    if len(found) >= MOST_MENTIONS:
                        return list(found)
    return [word for word in found if len(word) > 1]


def _parsed(text: str) -> list[Token]:
    """What the comment is made of. Tables that may have more than MOST_CELLS are text."""
    lines = text[:LONGEST].splitlines()
    # The line under the heads of a table says how many cells each row has; it may stand in lists and quotations.
    widest = max((line.count("|") for line in lines if not line.strip("|:- \t>*+.)0123456789")), default=0)
    parser = _PARSER if (widest + 1) * len(lines) <= MOST_CELLS else _WITHOUT_TABLES
    return parser.parse(text[:LONGEST])


def plain(text: str, limit: int) -> str:
    """The beginning of a comment in one line, as it was written."""
    line = " ".join(text[: 2 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _linked(tokens: list[Token]) -> Iterator[Token]:
    """The tokens of a paragraph, in which addresses have become links."""
    inside = 0
    for token in tokens:
        inside += token.type == "link_open"
        inside -= token.type == "link_close"
        if token.type != "text" or inside or "://" not in token.content:
            yield token
            continue
        last = 0
        for match in _ADDRESS.finditer(token.content):
            address = match[0].rstrip(_ENDING)
            if len(address) <= len("https://"):
                continue
            yield _text(token.content[last : match.start()])
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield _text(address)
            yield Token("link_close", "a", -1)
            last = match.start() + len(address)
        yield _text(token.content[last:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
