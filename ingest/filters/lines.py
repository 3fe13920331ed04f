"""Reads the settings of filters, one pattern per line: strictly as they are typed, leniently as they are stored. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingest.filters import addresses, origins
from ingest.filters.addresses import Network

MAX_LINES = 200
MAX_LENGTH = 250


class BadLines(ValueError):
    """The text of a setting is wrong. `problems` are sentences for people that name the line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def split(text: str) -> list[str]:
    """The lines that are not blank, stripped and without duplicates."""
    return list(dict.fromkeys(line for part in text.splitlines() if (line := part.strip())))


def networks(text: str) -> Iterator[Network]:
    """The networks in `text`; other lines are skipped."""
    for line in split(text):
        try:
            yield addresses.network(line)
        except ValueError:
            continue


def clean(name: str, text: str) -> str:
    """The text of a setting as it is stored: one pattern per line, no blank lines. `name` is error_messages, releases,
    allowed_origins or blocked_addresses. Raises BadLines."""
    found = split(text)
    problems = []
    if len(found) > MAX_LINES:
        problems.append(f"There are {len(found)} lines; at most {MAX_LINES} are allowed.")
    check = _CHECKS[name]
    for number, part in enumerate(text.splitlines(), start=1):
        line = part.strip()
        if not line:
            continue
        problem = f"is longer than {MAX_LENGTH} characters" if len(line) > MAX_LENGTH else check(line)
        if problem:
            problems.append(f"Line {number}, {line[:60]!r}: {problem}.")
    if problems:
        raise BadLines(problems[:10])
    return "\n".join(found)


def _glob(line: str) -> str | None:
    return None if line.strip("*?") else "matches every event; delete the project's key to stop them all"


def _origin(line: str) -> str | None:
    if line == "*" or origins.is_pattern(line):
        return None
    if "://" in line and "/" in line.partition("://")[2].rstrip("/"):
        return "an origin has no path; write https://example.org"
    return "is not an origin; write example.org, *.example.org, https://example.org or example.org:8080"


def _address(line: str) -> str | None:
    try:
        found = addresses.network(line)
    except ValueError:
        return "is not an address or network; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
    return "matches every address" if found.prefixlen == 0 else None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "error_messages": _glob,
    "releases": _glob,
    "allowed_origins": _origin,
    "blocked_addresses": _address,
}
