"""The rules that people write: names of values to remove or to keep, with `*` and `?`, and RE2 patterns of texts. Pure.

Each text has one rule a line; a line that begins with `#` is a remark. `clean` checks what is typed; `lines` reads what is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import re2

from issues.privacy.addresses import Addresses

MAX_LINES = 100
#: In characters, of one line.
MAX_LENGTH = 250
#: In bytes, of what RE2 makes of one pattern: one that needs more is refused.
_MAX_MEMORY = 1 << 20
_MIN_LITERAL = 2


class BadRules(ValueError):
    """The text of a setting is wrong. `problems` are sentences for people that name the line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is decided for the installation or for one project. `default_rules` is None where a project does as the installation."""

    default_rules: bool | None = None
    removed_names: tuple[str, ...] = ()
    kept_names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    addresses: Addresses = Addresses.KEEP


#: Of an installation or a project that has decided nothing.
NONE = Rules()


def lines(text: str) -> tuple[str, ...]:
    """The rules in a text: its lines that are neither blank nor remarks, without duplicates."""
    found = (line.strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line and not line.startswith("#")))


def clean(name: str, text: str) -> str:
    """The text of a setting as it is stored. `name` is removed_names, kept_names or patterns. Raises BadRules."""
    check = _problem_of_pattern if name == "patterns" else _problem_of_name
    kept = [line.strip() for line in text.splitlines()]
    problems = []
    if (number := len(lines(text))) > MAX_LINES:
        problems.append(f"There are {number} lines; at most {MAX_LINES} are allowed.")
    for at, line in enumerate(kept, start=1):
        if len(line) > MAX_LENGTH:
            problem = f"is longer than {MAX_LENGTH} characters"
        else:
            problem = check(line) if line and not line.startswith("#") else ""
        if problem:
            problems.append(f"Line {at}, {line[:60]!r}: {problem}.")
    if problems:
        raise BadRules(problems[:10])
    return "\n".join(kept).strip()


def pieces(glob: str) -> list[str]:
    """The literal parts of a glob, the longest first."""
    return sorted((piece for piece in re.split(r"[*?]+", glob) if piece), key=len, reverse=True)


def _problem_of_name(line: str) -> str:
    if not line.isascii() or '"' in line or "\\" in line:
        return "a name consists of ASCII characters other than quotation marks and backslashes"
    if max(map(len, pieces(line)), default=0) < _MIN_LITERAL:
        return f"needs {_MIN_LITERAL} characters in a row that are neither * nor ?"
    return ""


def _problem_of_pattern(line: str) -> str:
    try:
        found = compiled(line)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        return (
            f"is not a pattern of RE2: {said.decode(errors='replace') if isinstance(said, bytes) else said}"
        )
    return "matches an empty text" if found.search("") is not None else ""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re2._Regexp:
    """A pattern of RE2, which takes time in proportion to the text. Raises re2.error."""
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    return re2.compile(pattern, options)
