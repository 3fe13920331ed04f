"""Text of strangers made fit for chats: cleaned, cut, and without anything that a chat would act on. Pure.

No chat may mention somebody, make a link or change the direction of text because an event says so. What every chat's own
syntax needs besides (HTML, Markdown) is escaped by its module, with `fit`, so that a cut never splits an escape.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

#: Between two characters it keeps chats from reading them as one thing, and nobody sees it.
ZERO_WIDTH = "\u200b"
REPLACED = "\ufffd"
ELLIPSIS = "…"
#: More combining marks than this on one character are left out: stacks of them cover the lines around.
MOST_MARKS = 3

# Not drawn, or changing how others are drawn: controls, marks of direction, fillers, tags. Two joiners stay: scripts and
# emoji need them.
_hidden = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_surrogate = re.compile("[\ud800-\udfff]")
_break = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_spaces = re.compile(r"\s+")
# What chats act on without any markup: mentions, Slack's <!channel>, <@U1>, <#C1>, <http://…>, Google's <users/all>,
# addresses that become links.
_active = re.compile(r"@(?=[\w&!])|<(?=[!@#:/a-z])|(?<=[a-z0-9]):(?=//)|www(?=\.)|mailto(?=:)", re.IGNORECASE)

# In code only what would wake everybody is disturbed, so that the rest can be copied.
_loud = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[!@]|users/)")


def line(text: str, most: int) -> str:
    """`text` as one line of at most `most` characters, in which no chat finds a mention or a link."""
    folded = _spaces.sub(" ", _cleaned(text, most, " ")).strip()
    return cut(calm(cut(folded, most)), most)


def plain(text: str, most: int) -> str:
    """As `line`, where the other side takes text as it is: nothing is put between its characters."""
    return cut(_spaces.sub(" ", _cleaned(text, most, " ")).strip(), most)


def block(text: str, most: int, lines: int = 15) -> str:
    """`text` for a block of code: at most `lines` lines and `most` characters. It has no fence and mentions nobody."""
    rows = _cleaned(text, most, "\n").replace("\t", "    ").split("\n", lines)[:lines]
    kept = cut("\n".join(row.rstrip() for row in rows).strip("\n"), most)
    return cut(_apart(_loud.sub(rf"\g<0>{ZERO_WIDTH}", kept)), most)


def calm(text: str) -> str:
    """`text` with something between what would be a mention, a link, Slack's markup or a fence, and the rest of it."""
    return _apart(_active.sub(rf"\g<0>{ZERO_WIDTH}", text))


def cut(text: str, most: int) -> str:
    """`text`, or its beginning with an ellipsis, in at most `most` characters. Marks stay with what they belong to."""
    if len(text) <= most:
        return text
    end = max(0, most - 1)
    while end and (text[end - 1] in "\u200c\u200d" or _is_mark(text[end])):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS if most else ""


def fit(text: str, most: int, escape: Callable[[str], str], size: Callable[[str], int] = len) -> str:
    """`text` with each character escaped, cut where it would be longer than `most`, by `size`, with an ellipsis."""
    escaped = [escape(character) for character in text]
    sizes = [size(piece) for piece in escaped]
    if sum(sizes) <= most:
        return "".join(escaped)
    room, end = most - size(ELLIPSIS), 0
    while end < len(sizes) and sizes[end] <= room:
        room -= sizes[end]
        end += 1
    while end and (text[end - 1] in "\u200c\u200d" or _is_mark(text[end])):
        end -= 1
    return "".join(escaped[:end]) + ELLIPSIS


def utf16(text: str) -> int:
    """The length of `text` as Telegram and Discord's clients count it."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf8(text: str) -> int:
    """The length of `text` in bytes."""
    return len(text.encode())


def html(character: str) -> str:
    """A character for text in HTML."""
    return _HTML.get(character, character)


def attribute(text: str) -> str:
    """Text for an attribute of HTML in double quotes."""
    return "".join(map(html, text)).replace('"', "&quot;")


def markdown(character: str) -> str:
    """A character for Markdown, escaped if it could be markup: of Discord and Mattermost, which take any such escape."""
    return f"\\{character}" if character in _MARKDOWN else character


_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Mattermost shows the backslash before any other character.
_MARKDOWN = frozenset("\\`*_[]()>#+-|~")


def _apart(text: str) -> str:
    """`text` without two backticks in a row."""
    return text.replace("``", f"`{ZERO_WIDTH}`").replace("``", f"`{ZERO_WIDTH}`") if "``" in text else text


def _cleaned(text: str, most: int, newline: str) -> str:
    """The beginning of `text` that `most` characters can come from, with line breaks as `newline`."""
    # Much of the beginning may be left out or folded; what is longer than that is not worth its time.
    begun = text[: 4 * most + 1024]
    if begun.isascii() and begun.isprintable():
        return begun
    visible = _hidden.sub("", _break.sub(newline, _surrogate.sub(REPLACED, begun)))
    return visible if visible.isascii() else _without_stacks(visible)


def _without_stacks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return character > "\u02ff" and unicodedata.category(character) in {"Mn", "Me"}
