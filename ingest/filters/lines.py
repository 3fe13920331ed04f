"""The texts of the settings: one pattern a line. Reads stored ones leniently and typed ones strictly. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingest.filters import addresses, origins
from ingest.filters.addresses import Network

MAX_LINES = 200
MAX_LENGTH = 250


class BadLines(ValueError):
    """What is wrong with a text that somebody typed; `problems` are sentences that name the line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def split(text: str) -> list[str]:
    """The lines that are not blank, without blanks around them; the first of equal ones."""
    return list(dict.fromkeys(line for part in text.splitlines() if (line := part.strip())))


def networks(text: str) -> Iterator[Network]:
    """The networks in `text`; lines that are none are left out."""
    for line in split(text):
        try:
            yield addresses.network(line)
        except ValueError:
            continue


def clean(name: str, text: str) -> str:
    """`text`, typed for the setting `name` (error_messages, releases, allowed_origins or blocked_addresses), as it is
    to be stored: one pattern a line, without blank ones. Raises BadLines."""
    found = split(text)
    problems = []
    if len(found) > MAX_LINES:
        problems.append(f"These are {len(found)} lines; {MAX_LINES} is the most.")
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
    return "is no origin; write example.org, *.example.org, https://example.org or example.org:8080"


def _address(line: str) -> str | None:
    try:
        found = addresses.network(line)
    except ValueError:
        return "is no address or network; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
    return "is every address there is" if found.prefixlen == 0 else None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "error_messages": _glob,
    "releases": _glob,
    "allowed_origins": _origin,
    "blocked_addresses": _address,
}
