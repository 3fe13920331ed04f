"""Text of events, made safe for the places where it stands in a message. Pure, and linear in what is kept of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from issues.render import values

TITLE, NAME, SUBJECT = 300, 100, 180
EXCERPT_LINES, EXCERPT_WIDTH = 15, 160

# Where mail programs see an address and make a link of it. A character that is not drawn parts it.
_ADDRESS = re.compile(r"(?i)(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bmailto)(?=:)")
_APART = "\u200c"


def one_line(text: str, limit: int = TITLE) -> str:
    """`text` as one line of about `limit` characters: nothing in it hides or reorders others, or becomes a link."""
    return _unlinked(values.line(text, limit))


def _unlinked(text: str) -> str:
    return _ADDRESS.sub(_APART, text)


def excerpt(text: str) -> list[str]:
    """The first lines of a piece of code, without the indentation that all of them have."""
    cut = _unlinked(values.visible(text[: 8 * EXCERPT_LINES * EXCERPT_WIDTH])).expandtabs(4)
    lines = [line.rstrip() for line in cut.split("\n")[:EXCERPT_LINES]]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    common = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    return [line[common : common + EXCERPT_WIDTH] for line in lines]


def subject(project: str, what: str, short_id: str = "") -> str:
    """`[Shop] KeyError: 'order_id' (SHOP-12)`: one line that no mail program takes for an encoded word."""
    name = values.line(project, 40)
    end = f" ({values.line(short_id, 70)})" if short_id else ""
    text = f"[{name}] {values.line(what, SUBJECT - len(name) - len(end) - 3)}{end}"
    return text.replace("=?", "= ?")


def moment(at: datetime, zone: tzinfo) -> str:
    """`2 Mar 2026 12:00 UTC`, in the reader's time zone."""
    return f"{at.astimezone(zone):%-d %b %Y %H:%M %Z}"


def indented(lines: Sequence[str]) -> str:
    """Lines that cannot be taken for ours: those begin at the margin."""
    return "\n".join(f"    {line}".rstrip() for line in lines)
