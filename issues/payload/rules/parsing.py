"""Reads fingerprint rules as people type them, one in a line. Pure.

# a comment
matcher:pattern !matcher:"pattern with spaces" -> part, {{ variable }} title="…" level=warning
matcher:pattern -> drop
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from issues.payload import fields, variables
from issues.payload.rules import keys
from issues.payload.rules.patterns import BadPattern, Glob, PathGlob
from issues.payload.rules.syntax import (
    LONGEST_LINE,
    LONGEST_PATTERN,
    LONGEST_TEXT,
    MOST_MATCHERS,
    MOST_PARTS,
    MOST_RULES,
    Matcher,
    Mistake,
    Rule,
)

#: More mistakes are not told.
MOST_MISTAKES = 20
DROP = "drop"
_ATTRIBUTES = ("title", "level")
_WRONG_ARROWS = ("→", "=>", "--", "–>", ">", "-")
_key = re.compile(r'(?P<name>(?:tags?\.)"(?:[^"\\]|\\.)*"|[^\s:"=,]+):')
_bare = re.compile(r"\S+")
_quoted = re.compile(r'"((?:[^"\\]|\\.)*)"')
_escape = re.compile(r'\\(["\\])')
_attribute = re.compile(r"(\w+)=")
_piece = re.compile(r'\{\{[^{}]*\}\}|"(?:[^"\\]|\\.)*"|[^\s,]')
_variable = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The lines that are rules, and the mistakes of those that are not."""

    rules: tuple[Rule, ...]
    mistakes: tuple[Mistake, ...]


class _Wrong(Exception):
    def __init__(self, at: int, text: str, meant: str = "") -> None:
        super().__init__(text)
        self.at, self.text, self.meant = at, text, meant


def parse(text: str) -> Parsed:
    """The rules in `text`, and its first MOST_MISTAKES mistakes."""
    if len(text) > LONGEST_TEXT:
        return Parsed(
            (), (Mistake(1, 1, f"The rules have {len(text):,} characters; {LONGEST_TEXT:,} are allowed."),)
        )
    rules: list[Rule] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines(text), start=1):
        if not (stripped := line.strip()) or stripped.startswith("#"):
            continue
        try:
            if len(rules) >= MOST_RULES:
                raise _Wrong(0, f"There are more than {MOST_RULES} rules.")
            rules.append(_Line(line, number).rule())
        except _Wrong as wrong:
            mistakes.append(Mistake(number, wrong.at + 1, wrong.text, wrong.meant))
            if len(mistakes) >= MOST_MISTAKES:
                break
    return Parsed(tuple(rules), tuple(mistakes))


def lines(text: str) -> list[str]:
    """The lines of a text; only line feeds end one, with or without a carriage return."""
    return [line.removesuffix("\r") for line in text.split("\n")]


class _Line:
    """One line that is no comment."""

    def __init__(self, line: str, number: int) -> None:
        self._line = line
        self._number = number
        self._at = 0

    def rule(self) -> Rule:
        """Raises _Wrong."""
        if len(self._line) > LONGEST_LINE:
            raise _Wrong(LONGEST_LINE, f"The line is longer than {LONGEST_LINE:,} characters.")
        if hidden := re.search(r"[\x00-\x08\x0b-\x1f\x7f]", self._line):
            raise _Wrong(hidden.start(), "The line has a control character.")
        matchers = self._matchers()
        start = self._at
        fingerprint, given = self._result()
        title, level = given.get("title"), given.get("level")
        drop = fingerprint == [(DROP, False)]
        if drop and given:
            raise _Wrong(start, "An event that is dropped needs no title and no level.")
        if not drop and not fingerprint and not given:
            raise _Wrong(start, 'Nothing follows the arrow: write a fingerprint, title="…", level=… or drop.')
        return Rule(
            line=self._number,
            text=self._line.strip(),
            matchers=matchers,
            fingerprint=tuple(part for part, _ in fingerprint) if fingerprint and not drop else None,
            title=title,
            level=None if level is None else fields.known_level(level),
            drop=drop,
        )

    def _skip(self, characters: str = " \t") -> bool:
        """Whether something of the line is left."""
        while self._at < len(self._line) and self._line[self._at] in characters:
            self._at += 1
        return self._at < len(self._line)

    def _matchers(self) -> tuple[Matcher, ...]:
        """What stands before the arrow, which is passed over."""
        found: list[Matcher] = []
        while self._skip():
            if self._line.startswith("->", self._at):
                if not found:
                    raise _Wrong(self._at, "Nothing stands before the arrow that an event could match.")
                self._at += 2
                return tuple(found)
            if len(found) >= MOST_MATCHERS:
                raise _Wrong(self._at, f"A rule has {MOST_MATCHERS} matchers at most.")
            found.append(self._matcher())
        raise _Wrong(len(self._line), "The arrow is missing: write -> and what events that match get.")

    def _matcher(self) -> Matcher:
        start = self._at
        negated = self._line[start] == "!"
        self._at += negated
        match = _key.match(self._line, self._at)
        if match is None:
            word = _bare.match(self._line, self._at)
            shown = word[0][:60] if word else self._line[start]
            if shown.startswith(_WRONG_ARROWS):
                raise _Wrong(start, "The arrow is written as a hyphen and a bracket.", "->")
            raise _Wrong(
                start, f"{shown} has no name before it that says what to compare.", f"message:*{shown}*"
            )
        name = match["name"]
        if name.endswith('"'):
            prefix, _, quoted = name.partition(".")
            name = f"{prefix}.{_unquoted(quoted[1:-1])}"
        key = keys.find(name)
        if key is None:
            near = difflib.get_close_matches(name.lower()[:64], keys.KEYS, n=1, cutoff=0.6)
            meant = f"{near[0]}:" if near else f"tags.{name[:60]}:"
            raise _Wrong(start, f"There is nothing called {name[:60]} to compare.", meant)
        self._at = match.end()
        pattern, where = self._value(name)
        return Matcher(key.name, _checked(key, pattern, where), negated)

    def _value(self, name: str) -> tuple[str, int]:
        """The pattern after a name, and where it begins."""
        where = self._at
        if self._line.startswith('"', where):
            text = self._quoted()
            if self._at < len(self._line) and self._line[self._at] not in " \t":
                raise _Wrong(self._at, "A space is missing after the quotation mark.")
        else:
            bare = _bare.match(self._line, where)
            text = bare[0] if bare else ""
            self._at += len(text)
        if not text:
            raise _Wrong(where, f"The pattern after {name[:60]}: is missing.", f"{name[:60]}:*")
        return text, where

    def _quoted(self) -> str:
        match = _quoted.match(self._line, self._at)
        if match is None:
            raise _Wrong(self._at, "The quotation mark is not closed.")
        self._at = match.end()
        return _unquoted(match[1])

    def _result(self) -> tuple[list[tuple[str, bool]], dict[str, str]]:
        """What stands after the arrow: the parts of the fingerprint, and which of them are quoted; title and level."""
        parts: list[tuple[str, bool]] = []
        given: dict[str, str] = {}
        while self._skip(" \t,"):
            start = self._at
            if self._line[start] == "#":
                break
            if match := _attribute.match(self._line, start):
                name = match[1].lower()
                if name not in _ATTRIBUTES:
                    raise _Wrong(
                        start, f"{match[1][:60]}= is not known; title= and level= are.", f'"{match[0][:60]}…"'
                    )
                if name in given:
                    raise _Wrong(start, f"{name}= is there twice.")
                self._at = match.end()
                given[name] = self._attribute(name)
                continue
            part = self._part()
            if part == (DROP, False) and (parts or given):
                raise _Wrong(start, "drop stands alone after the arrow.", f'"{DROP}"')
            if parts == [(DROP, False)]:
                raise _Wrong(start, "drop stands alone after the arrow.", f'"{DROP}"')
            if len(parts) >= MOST_PARTS:
                raise _Wrong(start, f"A fingerprint has {MOST_PARTS} parts at most.")
            parts.append(part)
        return parts, given

    def _attribute(self, name: str) -> str:
        start = self._at
        if self._line.startswith('"', start):
            text = self._quoted()
        else:
            text, _ = self._part()
        if not text.strip():
            raise _Wrong(start, f"Something must follow {name}=.")
        if name == "level":
            if fields.known_level(text) is None:
                near = difflib.get_close_matches(text.lower()[:32], fields.LEVEL_NAMES.values(), n=1)
                levels = ", ".join(fields.LEVEL_NAMES.values())
                raise _Wrong(start, f"{text[:60]} is not a level; levels are {levels}.", "".join(near))
        else:
            _check_variables(text, start)
        return text

    def _part(self) -> tuple[str, bool]:
        """One part of a fingerprint, and whether it is quoted as a whole."""
        start = self._at
        pieces: list[str] = []
        is_quoted = False
        while match := _piece.match(self._line, self._at):
            piece = match[0]
            if piece.startswith('"'):
                if len(piece) == 1:
                    raise _Wrong(self._at, "The quotation mark is not closed.")
                is_quoted = True
                piece = _unquoted(piece[1:-1])
            elif piece == "{" and self._line.startswith("{{", self._at):
                raise _Wrong(self._at, "The braces of the variable are not closed: write {{ name }}.")
            pieces.append(piece)
            self._at = match.end()
        text = "".join(pieces)
        if not text:
            raise _Wrong(start, "A part of the fingerprint is empty.")
        _check_variables(text, start)
        return text, is_quoted


def _checked(key: keys.Key, pattern: str, at: int) -> str:
    """The pattern, which can match something. Raises _Wrong."""
    if len(pattern) > LONGEST_PATTERN:
        raise _Wrong(at, f"The pattern is longer than {LONGEST_PATTERN} characters.")
    try:
        (PathGlob if key.is_path else Glob)(pattern)
    except BadPattern as bad:
        raise _Wrong(at, str(bad)) from None
    if key.name == "app" and pattern.lower() not in APP:
        raise _Wrong(at, "app: is yes or no.", "app:yes")
    if any(character in pattern for character in "*?[{\\"):
        return pattern
    if key.name == "level":
        if (level := fields.known_level(pattern)) is None:
            levels = ", ".join(fields.LEVEL_NAMES.values())
            raise _Wrong(at, f"{pattern[:60]} is not a level; levels are {levels}.")
        return fields.LEVEL_NAMES[level]
    if key.name == "family" and pattern.lower() not in (*keys.FAMILIES, "other"):
        raise _Wrong(at, f"{pattern[:60]} is not a family; families are {', '.join(keys.FAMILIES)}, other.")
    return pattern


APP = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _check_variables(text: str, at: int) -> None:
    """Raise _Wrong for a variable that cannot be filled in."""
    for match in _variable.finditer(text):
        name = match[1].strip()
        lower = name.lower()
        if lower in variables.NAMES or (lower.startswith("tags.") and len(lower) > 5):
            continue
        if lower.startswith("tag.") and len(lower) > 4:
            meant = f"{{{{ tags.{name[4:64]} }}}}"
        else:
            near = difflib.get_close_matches(lower[:64], variables.NAMES, n=1, cutoff=0.6)
            meant = f"{{{{ {near[0]} }}}}" if near else ""
        raise _Wrong(at, f"{match[0][:60]} is not a variable.", meant)


def _unquoted(text: str) -> str:
    """What stands between quotation marks: `\\"` is one, other backslashes stay for the pattern."""
    return _escape.sub(lambda match: match[1] if match[1] == '"' else match[0], text)


def shadowed(rules: Iterable[Rule]) -> list[tuple[Rule, Rule]]:
    """Rules that can never take an event, each with the earlier one that takes all of its events: all that the earlier one
    asks for, it asks for too."""
    earlier: list[tuple[frozenset[Matcher], Rule]] = []
    found = []
    for rule in rules:
        own = frozenset(rule.matchers)
        by = next((before for wanted, before in earlier if wanted <= own and _takes(before, rule)), None)
        if by is not None:
            found.append((rule, by))
        earlier.append((own, rule))
    return found


def _takes(before: Rule, rule: Rule) -> bool:
    """Whether what is only denied of frames or exceptions in the earlier rule is only denied in the later one as well:
    beside a matcher that is not negated, it concerns the one that matches."""
    return all(
        not _asks(rule, of)
        for of in (keys.Of.EXCEPTION, keys.Of.FRAME)
        if not _asks(before, of) and _has(before, of)
    )


def _asks(rule: Rule, of: keys.Of) -> bool:
    return any(not one.negated for one in rule.matchers if (key := keys.find(one.key)) and key.of is of)


def _has(rule: Rule, of: keys.Of) -> bool:
    return any((key := keys.find(one.key)) and key.of is of for one in rule.matchers)
