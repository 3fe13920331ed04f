"""Compares the versions in names of releases, as `shop@2.4.0-rc.1+37`. Pure.

Source of the order: semver.org 2.0.0, section 11. More lenient than it: a version may have one to five numbers and a `v` before
them (`v2.4` is 2.4.0), and a build is compared last, so that app stores' `1.2.3+45` has an order. A version without a build is
older than one with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NUMBER = "[0-9]{1,18}"
_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"v?(?P<numbers>{_NUMBER}(?:\.{_NUMBER}){{0,4}})(?:-(?P<before>{_IDENTIFIERS}))?(?:\+(?P<build>{_IDENTIFIERS}))?"
)
# A number is older than a word, whatever they are: (0, number, "") and (1, 0, word).
Part = tuple[int, int, str]


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """What `release` says: ordered by `order`, which is made of the numbers, pre-release and build."""

    order: tuple[tuple[int, ...], bool, tuple[Part, ...], tuple[Part, ...]]
    package: str = field(compare=False)


def version_of(release: str) -> Version | None:
    """The version in a release's name, with the package that stands before `@` (empty: none). None if it is not one, as a commit's hash."""
    package, _, rest = release.rpartition("@")
    found = _VERSION.fullmatch(rest)
    if found is None:
        return None
    numbers = [int(number) for number in found["numbers"].split(".")]
    before = found["before"] or ""
    order = (
        tuple(numbers + [0] * (5 - len(numbers))),
        not before,
        parts_of(before),
        parts_of(found["build"] or ""),
    )
    return Version(order, package)


def parts_of(text: str) -> tuple[Part, ...]:
    return tuple(
        (0, int(part), "") if part.isdigit() and len(part) < 19 else (1, 0, part)
        for part in text.split(".")
        if part
    )
