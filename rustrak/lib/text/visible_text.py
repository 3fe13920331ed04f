"""Tells whether a text has anything to see, so that no title or name is blank. Pure.

Not to be seen are white space, control and format characters, combining marks on their own, and the few letters and
symbols that are drawn as nothing. A character that this version of Unicode does not know may be seen.
"""

from __future__ import annotations

import re
import unicodedata

#: Text that begins with more characters than this of which none can be seen counts as having nothing to see: the
#: search for one takes a bounded time.
LONGEST_BLANK = 16 * 1024
#: An indentation of more characters than this is left out, so that a cut cannot leave nothing but it.
LONGEST_INDENT = 100
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"})
# Hangul fillers, the Braille pattern without dots, a musical symbol: drawn as nothing in spite of their category.
_DRAWN_AS_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
# The usual ones, which are skipped at the speed of C.
_usual = re.compile(r"[\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff]*")
#: Stands for what no database stores: NUL and lone surrogates (rustrak.lib.tolerant_json).
REPLACED = "\ufffd"


def first_seen(text: str) -> int:
    """The index of the first character of `text` that can be seen; -1 where there is none."""
    if "!" <= text[:1] <= "~":  # nearly all texts
        return 0
    return _first_seen(text, 0)


def _first_seen(text: str, position: int, besides: str = "") -> int:
    """As `first_seen`, from `position` on and without the character `besides`."""
    end = min(len(text), LONGEST_BLANK)
    while (match := _usual.match(text, position, end)) and (position := match.end()) < end:
        if text[position] != besides and _is_seen(text[position]):
            return position
        position += 1
    return -1


def has_text(text: str) -> bool:
    """Whether `text` has a character that can be seen."""
    return text != "" and ("!" <= text[0] <= "~" or first_seen(text) >= 0)


def beginning(text: str) -> str:
    """`text` from its first line that has something to see; empty where there is none. Lines end with a line feed.

    A line of nothing but replaced characters is passed over where another one has text.
    """
    if not text or "!" <= text[0] <= "~":
        return text
    seen = first_seen(text)
    if seen >= 0 and text[seen] == REPLACED and (other := _first_seen(text, seen, REPLACED)) >= 0:
        seen = other
    if seen <= 0:
        return "" if seen else text
    start = text.rfind("\n", 0, seen) + 1
    return text[seen:] if seen - start > LONGEST_INDENT else text[start:].lstrip("\r")


def _is_seen(character: str) -> bool:
    return not (
        unicodedata.category(character) in _HIDDEN
        or character in _DRAWN_AS_NOTHING
        or 0xE0000 <= ord(character) <= 0xE0FFF  # tags and variation selectors, also those to come
    )
