"""Finds the values in a message, such as numbers and names of files, and puts a mark in their place. Pure.

`only 3 left for "Jane"` becomes `only <*> left for <*>`. A line is split into words, quoted texts and the characters
between them once, so the time is linear in its length.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from issues.payload.access import first_line
from issues.payload.smart.words import MARK, replaced

#: Why a word of a message is a value: the line that made the message does not have it.
NOT_IN_CODE = "not in the line of code"
#: Of a line, in characters: more is not looked at. The first is of what comes in, the second of what comes out.
LONGEST, LONGEST_RESULT = 1024, 300
# A source line of more characters is minified.
_LONGEST_SOURCE = 300

# No quoted text contains its own opening mark, so that a thousand of them are read once.
_TOKEN = re.compile(
    r"""
      "[^"]*+" | “[^“”]*+” | «[^«»]*+» | „[^„“”]*+[“”] | 「[^「」]*+」 | 『[^『』]*+』 | `[^`']*+[`'](?!\w)
    | (?<!\w)'[^']*+'(?!\w) | (?<!\w)‘[^‘’]*+’(?!\w)
    | \$?\{[\w:.,-]{0,40}+\} | %(?:\([\w.]{1,40}+\))?[-+0\#]{0,3}+\d{0,2}(?:\.\d{1,2})?[@sdirfFuxXeEgGc](?!\w)
    | [A-Za-z][\w+.-]{1,20}+://[^\s"'<>`]*+
    | [^\s"'`“”«»„「」『』‘’(){}\[\]<>,;=|*]++
    | \s++ | .
    """,
    re.VERBOSE | re.DOTALL,
)
# A line without any of these has no values. `\.\w`: the name of a host.
_SUSPICIOUS = re.compile(r"[^\w\s.,:;!?()\-]|\d|\.\w|\b[a-fA-F]{8,}\b")
_HEX_LETTERS = re.compile(r"[a-fA-F]{8,}")
_PARTS_OF_TIME = frozenset(
    [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
        "January",
        "February",
        "March",
        "April",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "AM",
        "PM",
        "am",
        "pm",
        "UTC",
        "GMT",
        "CET",
        "CEST",
        "EST",
        "EDT",
        "PST",
        "PDT",
    ]
)
_UNITS = frozenset(
    [
        "ms",
        "µs",
        "us",
        "ns",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hrs",
        "hour",
        "hours",
        "d",
        "day",
        "days",
        "B",
        "byte",
        "bytes",
        "KB",
        "kB",
        "MB",
        "GB",
        "TB",
        "KiB",
        "MiB",
        "GiB",
        "kb",
        "mb",
        "gb",
        "%",
        "percent",
        "px",
    ]
)
# Members of code, which a message quotes: `Cannot read properties of undefined (reading 'price')`.
_OF_CODE = re.compile(
    r"\b(?:reading|setting|evaluating|attribute|property|method|import name|module named)\s*$"
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z_$.]{1,60}(?:\(\))?")
_MARKS = re.compile(r"<\*>(?:[\s,:;=&|/.+-]*+<\*>)+")
_OVERFLOW = re.compile(
    r"[Mm]aximum (?:call stack|recursion depth)|too much recursion|[Ss]tack (?:overflow|level too deep)"
)
_LETTER = re.compile(r"[^\W\d_]")
_WORDS = re.compile(r"[^\W\d_]+")
_MINIFIED = re.compile(r"^(?:\w{1,2}\.)+(?=\w{3})")
_PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}|%[^\s%]+")
# Texts that say nothing of the cause, whatever was thrown; small letters, without a stop at the end.
_EMPTY_WORDS = frozenset({
    "error", "an error occurred", "an error has occurred", "an unknown error occurred", "unknown error", "unknown",
    "unexpected error", "something went wrong", "undefined", "null", "none", "nil", "nan", "true", "false", "exception",
    "failed", "failure", "internal error", "internal server error", "[object object]", "object", "script error",
    "no message", "n/a", "fatal error", "runtime error",
})  # fmt: skip


class Replaced(NamedTuple):
    """A part of a line. `what` says why `after` stands for `before`; empty: the part is as it was."""

    before: str
    after: str
    what: str


class Normal(NamedTuple):
    """A line with its values replaced. `is_useful`: what is left tells one cause from another.

    `says_overflow`: the stack was full, so that chance decides what else it says.
    """

    text: str
    is_useful: bool
    says_overflow: bool


# The results of the latest texts: events of one issue often say the same.
_known: dict[tuple[str, str], Normal] = {}
_MOST_KNOWN, _LONGEST_KNOWN = 500, 2000


def normal(text: str, source: str = "") -> Normal:
    """The first line of `text` with MARK in the place of each value.

    `source` is the line of code that made the text, or empty: a word that the code does not have is a value, if the code
    has most of the words.
    """
    key = (text, source)
    if (found := _known.get(key)) is None:
        found = _normal(first_line(text)[:LONGEST], source)
        if len(text) + len(source) < _LONGEST_KNOWN:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[key] = found
    return found


def _normal(line: str, source: str) -> Normal:
    sent = line
    if source or _SUSPICIOUS.search(line):
        tokens: list[str] = _TOKEN.findall(line)
        after, what = _scan(tokens, source)
        if what:
            line = "".join(after)
            if len(what) > 1:
                line = _MARKS.sub(MARK, line)
    line = " ".join(line.split())[:LONGEST_RESULT]
    is_useful = (
        _LETTER.search(line.replace(MARK, "")) is not None and line.rstrip(".!").lower() not in _EMPTY_WORDS
    )
    return Normal(line, is_useful, _OVERFLOW.search(sent) is not None)


def pieces(line: str, source: str = "") -> list[Replaced]:
    """The parts of the first LONGEST characters of `line` in their order, with what stands for each.

    Marks that follow one another are still apart; `normal` writes one for all of them.
    """
    tokens: list[str] = _TOKEN.findall(line[:LONGEST])
    after, what = _scan(tokens, source)
    return [Replaced(token, after[index], what.get(index, "")) for index, token in enumerate(tokens)]


def _scan(tokens: list[str], source: str) -> tuple[list[str], dict[int, str]]:
    """What stands for each token, and why, by the indexes of those that are replaced."""
    after = tokens.copy()
    what: dict[int, str] = {}
    numbers = []
    for index, token in enumerate(tokens):
        if token.isalpha():
            if len(token) > 7 and _HEX_LETTERS.fullmatch(token):
                after[index], what[index] = MARK, "hash"
            elif index > 1 and tokens[index - 1] == "=" and tokens[index - 2][-1:].isalnum():
                after[index], what[index] = MARK, "value"
        elif token.isdigit():
            after[index], what[index] = MARK, "number"
            numbers.append(index)
        elif len(token) > 1 and not token.isspace():
            written, reason = _replaced(tokens, index)
            if reason:
                after[index], what[index] = written, reason
                if reason in _BESIDE_WORDS and written[-3:] == MARK:
                    numbers.append(index)
    if source:
        _compare(tokens, after, what, source)
    for index in numbers:
        _look_around(tokens, after, what, index)
    return after, what


_BESIDE_WORDS = ("number", "date or time")


def _replaced(tokens: list[str], index: int) -> tuple[str, str]:
    """What stands for a token of several characters, and why; the reason is empty where it stays as it is."""
    token = tokens[index]
    start = token[0]
    if start in "\"“«„「『`'‘":
        inner = token[1:-1]
        if _IDENTIFIER.fullmatch(inner) and _OF_CODE.search("".join(tokens[max(0, index - 4) : index])):
            return _MINIFIED.sub("", inner), "quotation marks"
        return MARK, "quoted text"
    if (start in "{%" or token[:2] == "${") and _PLACEHOLDER.fullmatch(token):
        return MARK, "placeholder"
    if "://" in token:
        return MARK, "URL"
    core = token.rstrip(".:!?…")
    if not core or (start == "/" and index and tokens[index - 1] == "<"):
        # The end of an element, `</b>`.
        return token, ""
    written, what = replaced(core)
    return written + token[len(core) :], what


def _compare(tokens: list[str], after: list[str], what: dict[int, str], source: str) -> None:
    """Mark the words that the line of code `source` does not have, if it has most of them."""
    if len(source) > _LONGEST_SOURCE or not ('"' in source or "'" in source or "`" in source):
        return
    words = set(_WORDS.findall(source))
    ours = [
        index for index, token in enumerate(tokens) if index not in what and _LETTER.search(token) is not None
    ]
    others = [index for index in ours if not words.issuperset(_WORDS.findall(tokens[index]))]
    same = len(ours) - len(others)
    if others and same > 1 and same >= len(others):
        for index in others:
            after[index], what[index] = MARK, NOT_IN_CODE


def _look_around(tokens: list[str], after: list[str], what: dict[int, str], number: int) -> None:
    """Replace the parts of dates, the unit or the plural beside the number at this index."""
    index = number + 1
    while index + 1 < len(tokens) and tokens[index].isspace() and index + 1 not in what:
        index += 1
        word = tokens[index].rstrip(".:!?")
        rest = tokens[index][len(word) :]
        if word in _PARTS_OF_TIME:
            after[index], what[index] = MARK + rest, "date or time"
            index += 1
            continue
        if word in _UNITS:
            after[index], what[index] = MARK + rest, "unit"
        elif len(word) > 3 and word[-1] == "s" and word[-2] not in "su" and word.isascii():
            after[index], what[index] = word[:-1] + rest, "plural"
        break
    index = number - 1
    while index > 0:
        if tokens[index] in _PARTS_OF_TIME and index not in what:
            after[index], what[index] = MARK, "date or time"
        elif tokens[index].strip(" ,"):
            break
        index -= 1
    if index == 0 and tokens[0] in _PARTS_OF_TIME:
        after[0], what[0] = MARK, "date or time"
