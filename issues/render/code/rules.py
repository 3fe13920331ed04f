r"""The rules that languages are made of: regular expressions, each for one kind of token.

A rule begins with a few characters that decide, and cannot fail after them: strings and comments without an end go to
the end of the line or text. So no rule backtracks, none reads a character twice, and the time is linear in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

#: What a rule's token becomes: a CSS class (c comment, s string, m number, n name, k keyword, or empty for none), a WORD,
#: which is looked up, or a string with code inside it.
WORD, TEMPLATE = "word", "template"

#: A kind and the regular expression for it.
Rule = tuple[str, str]


class Words(TypedDict, total=False):
    """The words of a language, separated by spaces. The word after one of `definers`, which are keywords, is a name."""

    keywords: str
    constants: str
    names: str
    definers: str


@dataclass(frozen=True)
class Language:
    """How one language is read. `words` maps words to CSS classes; the word after one of `definers` is a name.

    `inner` matches code inside a TEMPLATE; `islands` are languages for the tokens of a kind, which is their name.
    """

    pattern: re.Pattern[str]
    kinds: tuple[str, ...]
    words: dict[str, str]
    definers: frozenset[str]
    inner: re.Pattern[str] | None = None
    ignore_case: bool = False
    islands: dict[str, Language] = field(default_factory=dict)


def language(
    rules: Iterable[Rule],
    *,
    keywords: str = "",
    constants: str = "",
    names: str = "",
    definers: str = "",
    inner: str = "",
    ignore_case: bool = False,
    islands: dict[str, Language] | None = None,
) -> Language:
    """A language of these rules, of which the first that fits wins; words are separated by spaces."""
    kinds: list[str] = []
    patterns = []
    for kind, pattern in rules:
        patterns.append(pattern)
        # A rule's own groups have numbers too. The last group to end, whose number a match tells, is always the rule.
        kinds += [kind] + [""] * re.compile(pattern).groups
    words = dict.fromkeys(names.split(), "n") | dict.fromkeys(keywords.split(), "k")
    words |= dict.fromkeys(constants.split(), "m") | dict.fromkeys(definers.split(), "k")
    return Language(
        re.compile("|".join(f"({pattern})" for pattern in patterns), re.MULTILINE),
        tuple(kinds),
        words,
        frozenset(definers.split()),
        re.compile(inner) if inner else None,
        ignore_case,
        islands or {},
    )


def to_line_end(start: str, kind: str = "c") -> Rule:
    """From `start` to the end of the line."""
    return kind, rf"{start}[^\n]*"


def between(start: str, end: str, kind: str = "c") -> Rule:
    """From `start` to the next `end`, over lines; to the end of the text where there is none."""
    return kind, rf"{start}(?s:.*?)(?:{end}|\Z)"


def quoted(quote: str, *, prefix: str = "", lines: bool = False, kind: str = "s") -> Rule:
    """A string in which a backslash escapes; over `lines`, or to the end of its line."""
    plain = rf"[^{quote}\\]" if lines else rf"[^{quote}\\\n]"
    return kind, rf"{prefix}{quote}{plain}*(?:\\(?s:.)?{plain}*)*{quote}?"


def tripled(quote: str, *, prefix: str = "", kind: str = "s") -> Rule:
    """A string in three quotes, over lines."""
    plain = rf"[^{quote}\\]"
    three = quote * 3
    return (
        kind,
        rf"{prefix}{three}{plain}*(?:(?:\\(?s:.)?|{quote}(?!{quote}{quote})){plain}*)*(?:{three})?",
    )


def doubled(quote: str, *, prefix: str = "", kind: str = "s") -> Rule:
    """A string over lines in which two quotes are one."""
    return kind, rf"{prefix}{quote}[^{quote}]*(?:{quote}{quote}[^{quote}]*)*{quote}?"


def raw(start: str, end: str, kind: str = "s") -> Rule:
    """A string without escapes, over lines."""
    return between(start, end, kind)


def heredoc(start: str) -> Rule:
    """From `start` and a name to the line that begins with the name. The rest of the first line belongs to it."""
    name = r"[ \t]*[\"']?(?P<heredoc>[^\W\d]\w{0,40})(?!\w)[^\n]*"
    return TEMPLATE, rf"{start}{name}(?s:.*?)(?:^[ \t]*(?P=heredoc)(?!\w)|\Z)"


NUMBER: Rule = ("m", r"\d\w*(?:\.\d\w*)?(?:(?<=[eE])[-+]\d+)?")
PLAIN_WORD: Rule = (WORD, r"[^\W\d]\w*")
# Not a keyword or a known name, whatever it is called.
MEMBER: Rule = ("", r"\.[^\W\d]\w*")
SLASHES = to_line_end("//")
HASH = to_line_end("#")
STARS = between(r"/\*", r"\*/")
DOUBLE, SINGLE = quoted('"'), quoted("'")
# A character; what is longer is a lifetime, a type variable or an apostrophe.
CHARACTER: Rule = ("s", r"'(?:\\[^\n][^\n']{0,9}|[^\\'\n])'")
DIRECTIVE = to_line_end(r"^[ \t]*#")
DECORATOR: Rule = ("n", r"@[^\W\d][\w.]*")
# Where an expression begins, so that a slash is no division.
PATTERN: Rule = (
    "s",
    r"(?:(?<=[(=,:\[!&|?{};~\n])|(?<=[(=,:\[!&|?{};~] )|(?<=\b(?:if|or) )|(?<=\b(?:and|not) )|(?<=\b(?:when|case|grep) )"
    r"|(?<=\b(?:return|unless) )|(?<=\bsplit ))"
    r"/(?![/*\s])[^/\\\[\n]*(?:(?:\\[^\n]?|\[[^\]\\\n]*(?:\\[^\n]?[^\]\\\n]*)*\]?)[^/\\\[\n]*)*/?[a-z]*",
)
