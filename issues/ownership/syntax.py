"""The text of ownership rules, read: lines of our own and lines of CODEOWNERS files, as they are. Pure.

    path:src/payments/*   #payments ana@example.org
    url:*/checkout/*      #checkout
    tag.customer:acme     ana@example.org
    module:shop.billing.* @ana
    /src/search/          @acme/search      (as GitHub and GitLab write it)

The last line that matches decides. A line that begins with # is a comment, and so is what follows a # that stands alone. In lines
of CODEOWNERS files so is a text behind an owner, as in GitHub's example: `*.js @js-owner #This is an inline comment.`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from issues.ownership.paths import OwnedPaths
from issues.payload.rules.patterns import BadPattern, Glob

#: Of the whole text in characters, of lines with a rule, of owners in a line, and of mistakes that are said.
LONGEST, MOST_RULES, MOST_OWNERS, LONGEST_LINE, MOST_MISTAKES = 200_000, 2_000, 20, 1_000, 20
KEYS = ("path", "url", "module", "tag")

_KEY = re.compile(r"([a-zA-Z]+)(?:\.([^\s:]{1,64}))?:(?=\S)")
_TOKEN = re.compile(r"(?:\\.|[^\s\\]|\\$)+")
_SECTION = re.compile(r"\^?\[([^\]]{1,200})\](?:\[[0-9]{1,3}\])?(?:\s+(.*))?$")
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_OWNER = re.compile(r"@{1,2}[\w./-]{1,200}|#[\w-]{1,50}")

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a line, from 1, for people."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line. `kind` is one of KEYS; `tag` is the name of a tag. `test` takes a casefolded text, which has `literal` in it if it
    passes. Without `owners` nobody looks after what matches."""

    line: int
    text: str
    kind: str
    tag: str
    test: Test
    literal: str
    owners: tuple[str, ...]


@dataclass(slots=True)
class Parsed:
    """The rules of a text in their order, and what is wrong with it."""

    rules: list[Rule] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


class _Wrong(Exception):
    """The message is for people."""


def parse(text: str) -> Parsed:
    """Read the rules. A line with a mistake is left out and named."""
    found = Parsed()
    if len(text) > LONGEST:
        found.mistakes.append(
            Mistake(1, f"The rules have {len(text):,} characters; {LONGEST:,} are allowed.")
        )
        return found
    inherited: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if len(found.rules) >= MOST_RULES:
            found.mistakes.append(Mistake(number, f"There are more than {MOST_RULES:,} rules."))
            break
        if len(found.mistakes) >= MOST_MISTAKES:
            break
        try:
            if len(line) > LONGEST_LINE:
                raise _Wrong(f"A line has at most {LONGEST_LINE:,} characters.")
            if section := _SECTION.match(line):
                inherited = _owners(_TOKEN.findall(section[2] or ""))
            else:
                found.rules.append(_rule(number, line, inherited))
        except (_Wrong, BadPattern) as wrong:
            found.mistakes.append(Mistake(number, str(wrong)))
    return found


def _rule(number: int, line: str, inherited: tuple[str, ...]) -> Rule:
    pattern, *rest = _TOKEN.findall(line)
    key = _KEY.match(pattern)
    owners = _owners(rest, of_file=key is None)
    if key:
        kind, name = key[1].lower(), key[2] or ""
        kind = "tag" if kind == "tags" else kind
        if kind not in KEYS:
            raise _Wrong(
                f"“{key[1][:40]}:” is not known. Write path:, url:, module: or tag.name:, or a path without a key."
            )
        if (kind == "tag") != bool(name):
            raise _Wrong(
                "Write the name of the tag, as in tag.customer:acme."
                if kind == "tag"
                else f"Write {kind}: without a dot."
            )
        if not owners:
            raise _Wrong("Name an owner: a team as #payments, or a person by e-mail address.")
        return Rule(number, line, kind, name, *_test(kind, _unescaped(pattern[key.end() :])), owners)
    if pattern.startswith("!"):
        raise _Wrong("! is not supported: the last line that matches decides, so write the exception below.")
    paths = OwnedPaths(_unescaped(pattern))
    return Rule(number, line, "path", "", paths.match, paths.literal, owners or inherited)


def _test(kind: str, value: str) -> tuple[Test, str]:
    glob = Glob(value, ignore_case=True)
    if kind != "path":
        return glob.match, glob.literal
    # It may begin at any folder.
    inner = Glob(f"*/{value.lstrip('/')}", ignore_case=True)
    return (lambda text: glob.match(text) or inner.match(text)), glob.literal.strip("/")


def _owners(tokens: list[str], *, of_file: bool = True) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for token in tokens:
        if token == "#":  # noqa: S105  a comment begins
            break
        if not (_OWNER.fullmatch(token) or _ADDRESS.fullmatch(token)):
            owners = _before_comment([*found, token])
            if of_file and owners:
                return owners
            raise _Wrong(f"“{token[:60]}” is no owner: write #team, @name or an e-mail address.")
        found[token] = None
    if len(found) > MOST_OWNERS:
        raise _Wrong(f"A line has at most {MOST_OWNERS} owners.")
    return tuple(found)


def _before_comment(names: list[str]) -> tuple[str, ...]:
    """The owners before the last name with a #, which was the first word of a comment; none if it was not."""
    begins = next((place for place in range(len(names) - 1, -1, -1) if names[place].startswith("#")), 0)
    return tuple(names[:begins])


def _unescaped(pattern: str) -> str:
    """`\\ ` is a space, and `\\#` a #."""
    return re.sub(r"\\([ #@])", r"\1", pattern)
