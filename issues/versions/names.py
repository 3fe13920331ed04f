"""Reads what the name of a release says about its place among others: a version, a number, a date, or nothing. Pure.

A name has at most 200 characters (issues.models.release).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from issues.versions.versions import Part, version_of


class Kind(StrEnum):
    """What orders a name. Only names of one kind and package are compared by what they say."""

    VERSION = "version"  # 2.4.1-rc.1+37, v2.4
    NUMBER = "number"  # 1204, build-1204
    DATE = "date"  # 2026-11-27, 20261127, 2026.11.27-3, 2026-11-27T10:30
    NAME = "name"  # a commit's hash, a word: it says nothing


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says. Those of one kind and package are ordered by `key`, then by `build`.

    `is_whole`: nothing of the name was left out of these. Names that are not whole may have equal keys and be different releases.
    """

    package: str
    kind: Kind
    key: tuple[object, ...] = ()
    build: tuple[Part, ...] = ()
    is_whole: bool = True

    @property
    def order(self) -> tuple[object, ...]:
        return self.key, self.build


_YEAR = "(19[7-9][0-9]|20[0-9]{2})"
_END = "(?=$|[^0-9A-Za-z]|[Tt][0-9])"
_DATES = tuple(
    re.compile(_YEAR + rest + _END)
    for rest in (
        "(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?:([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?)?",
        r"\.(0?[1-9]|1[0-2])(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?",
        "-(0?[1-9]|1[0-2])(?:-(0?[1-9]|[12][0-9]|3[01]))?",
        "_(0?[1-9]|1[0-2])(?:_(0?[1-9]|[12][0-9]|3[01]))?",
        "/(0?[1-9]|1[0-2])(?:/(0?[1-9]|[12][0-9]|3[01]))?",
    )
)
_TOKEN = re.compile("[0-9A-Za-z]+")
_CLOCK = re.compile("[Tt]?([0-9]{1,18})[Zz]?")
_EARLY = re.compile("(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary)[0-9]{0,9}", re.IGNORECASE)
# What `git describe` writes: so many commits after the tag.
_DESCRIBED = re.compile("(.+)-([0-9]{1,9})-g[0-9a-f]{6,40}(?:-dirty)?")
_BEGINNING = re.compile("[-_/ ]v?(?=[0-9])")
_OF_NUMBERS = re.compile(
    "(?:.*[-_/ ])?(?:build|release|version|revision|rev|rel|b|r|v)", re.IGNORECASE | re.DOTALL
)
# At so many places of a name a version is looked for.
_MOST_BEGINNINGS = 6
# In the place of a word that is neither a number nor made of letters alone, as a hash: it has no order, and is not older than
# a number.
_HASH: Part = (2, 0, "")


# A page compares the same releases as the one before it; a name and what it says take less than a kilobyte.
@lru_cache(maxsize=2048)
def read(version: str) -> Name:
    """What a release's whole name says. Never fails: a name that says nothing is of the kind NAME.

    The package is what stands before `@`; without that, what stands before the version: `shop` of `shop@2.4` and of `shop-v2.4`.
    """
    package, at, rest = version.rpartition("@")
    found = _read(package, rest)
    if found is None and rest[:1].isalpha():
        for beginning in islice(_BEGINNING.finditer(rest), _MOST_BEGINNINGS):
            prefix = rest[: beginning.start()]
            inner = _read(package + at + prefix, rest[beginning.end() :])
            # `SHOP-1204` is a ticket, and no number of a build.
            if inner and (inner.kind is not Kind.NUMBER or _OF_NUMBERS.fullmatch(prefix)):
                return inner
    return found or Name(package, Kind.NAME)


def _read(package: str, text: str) -> Name | None:
    for pattern in _DATES:
        if found := pattern.match(text):
            return _dated(package, [int(part) for part in found.groups() if part], text[found.end() :])
    return _version(package, text)


def _dated(package: str, numbers: list[int], rest: str) -> Name:
    """A date with what stands behind it: a time, a counter, or a word that says that it is early."""
    early: list[Part] = []
    is_whole = True
    for token in _TOKEN.findall(rest):
        if number := _CLOCK.fullmatch(token):
            if early:
                early.append((0, int(number[1]), ""))
            else:
                numbers.append(int(number[1]))
        elif _EARLY.fullmatch(token) and not early:
            word = token.rstrip("0123456789")
            early += [(1, 0, word.lower()), (0, int(token[len(word) :] or 0), "")]
        else:
            is_whole = False
            break
    return Name(package, Kind.DATE, (tuple(numbers), not early, tuple(early)), is_whole=is_whole)


def _version(package: str, text: str) -> Name | None:
    described = _DESCRIBED.fullmatch(text)
    version = version_of(described[1] if described else text)
    if version is None:
        return None
    numbers, is_final, early, build = version.order
    if described:
        return Name(
            package, Kind.VERSION, (numbers, is_final, early), ((0, int(described[2]), ""), _HASH), False
        )
    ordered, is_whole = _ordered(build)
    if "." not in text.partition("+")[0].partition("-")[0] and not text.startswith("v"):
        # One number alone. `1234567-abc` and the like are parts of hashes more often than versions.
        if not is_final:
            return (
                None
                if numbers[0] > 9999
                else Name(package, Kind.VERSION, (numbers, False, early), ordered, is_whole)
            )
        return Name(package, Kind.NUMBER, (numbers[0],), ordered, is_whole)
    return Name(package, Kind.VERSION, (numbers, is_final, early), ordered, is_whole)


def _ordered(build: tuple[Part, ...]) -> tuple[tuple[Part, ...], bool]:
    """The beginning of a build that has an order, and whether that is all of it."""
    for index, (_, _, word) in enumerate(build):
        if word and not word.isalpha():
            return (*build[:index], _HASH), False
    return build, True
