"""Splits texts into words that are searched for. Pure: the same functions make the index and read the search.

A word is a run of letters and digits with their accents, folded, cut at LONGEST characters. `charge_card`, `chargeCard` and
`billing/charge.py` are found by their parts; a name in camel case is also one word as a whole. Characters of scripts
that are written without spaces, and those beyond Unicode's first plane (as emoji), are a word each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from rustrak.lib.text.folding import fold

LONGEST = 64
#: Of a text that is compared as a whole.
LONGEST_EXACT = 200
# Thai, Lao, Tibetan, Myanmar, Khmer, Tai Tham; Han and kana with their marks of repetition; halfwidth kana.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u1a20-\u1aaf\u2e80-\u2fff\u3005-\u3007\u3021-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9f]"
)


class _Patterns(NamedTuple):
    """`run` is one word. `hump` is a place in camel case where a word begins: a capital after a small letter or a digit, and
    the last of several capitals before a small letter: charge|Card, HTTP|Server, sha256|Sum."""

    run: re.Pattern[str]
    hump: re.Pattern[str]


_ASCII = _Patterns(re.compile("[0-9A-Za-z]+"), re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"))


@cache  # when the first text needs it: it takes a tenth of a second
def _unicode() -> _Patterns:
    letters, singles, marks, upper, lower = (bytearray(0x10000) for _ in range(5))
    for code in range(0x10000):
        letter = chr(code)
        if letter.isalnum():
            (singles if _WITHOUT_SPACES.match(letter) else letters)[code] = 1
            upper[code] = letter.isupper() or letter.istitle()
            lower[code] = letter.islower()
        elif unicodedata.category(letter)[0] == "M":
            marks[code] = 1
    letter, single, mark, capital, small = map(_ranges, (letters, singles, marks, upper, lower))
    return _Patterns(
        re.compile(f"[{letter}][{letter}{mark}]*|[{single}\U00010000-\U0010ffff][{mark}]*"),
        re.compile(
            f"(?<=[{small}0-9])(?=[{capital}])|(?<=[{small}][{mark}])(?=[{capital}])|(?<=[{capital}])(?=[{capital}][{small}])"
        ),
    )


def _ranges(wanted: bytearray) -> str:
    """The characters whose byte is 1, as the inside of a class of a regular expression."""
    return "".join(
        f"\\u{found.start():04x}-\\u{found.end() - 1:04x}" for found in re.finditer(b"\x01+", wanted)
    )


def words(text: str) -> list[str]:
    """The words of `text` in their order: of `KeyError: chargeCard` these are key, error, charge, card.

    Linear in the length of `text`.
    """
    if text.isascii():
        split = text if text.islower() else _ASCII.hump.sub(" ", text).lower()
        found: list[str] = _ASCII.run.findall(split)
    else:
        patterns = _unicode()
        split = fold(patterns.hump.sub(" ", text))
        found = patterns.run.findall(split)
    return found if len(split) <= LONGEST else [word[:LONGEST] for word in found]


def wholes(text: str) -> list[str]:
    """The names in camel case of `text`, each as one word: of `KeyError: chargeCard` these are keyerror, chargecard."""
    patterns = _ASCII if text.isascii() else _unicode()
    if text.islower() or not patterns.hump.search(text):
        return []
    runs: Iterable[str] = patterns.run.findall(text)
    names = (fold(run)[:LONGEST] for run in runs if not run.islower() and patterns.hump.search(run))
    return list(dict.fromkeys(names))


def part(text: str) -> str:
    """How `text` is stored in a column of IssueText: its words between single spaces, then whole names in camel case, with a space
    before and after: ` key error charge card keyerror chargecard `. Empty for a text without words."""
    found = words(text)
    return f" {' '.join(found + wholes(text))} " if found else ""


def exact(text: str) -> str:
    """A mark that two texts have in common if they differ in case and white space only: `=keyerror=`. Each line of the column
    `types` begins with the mark of its text: `=keyerror= key error keyerror `. Empty for a text without words.

    No mark contains a line end, or `=` except at its ends: a glob's pieces may be looked for between them.
    """
    start = fold(" ".join(text[:LONGEST_EXACT].split())).replace("=", "-")
    return f"={start.strip()}=" if words(start) else ""


def literal(piece: str) -> str:
    """A part of a text as it is inside of `exact(text)`: for the pieces of a glob."""
    return fold(re.sub(r"\s+", " ", piece)).replace("=", "-")
