"""Says which of two releases is newer, and by what. Pure.

Names of one kind and package are compared by what they say (issues.versions.names): semantic versions, numbers of builds by their
value, dates. All others, as commits' hashes, are compared by when they were released or, where nobody said that, first seen.
Within one kind the order is transitive; across kinds, where some are compared by name and others by time, it cannot always be:
`ordered` puts many into one order all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import merge

from issues.versions.names import Kind, Name, read


@dataclass(frozen=True, slots=True)
class Known:
    """A release: its whole name, when it was released, and when its first event or session happened; None if that is not known."""

    version: str
    released_at: datetime | None = None
    first_seen: datetime | None = None

    @property
    def time(self) -> datetime | None:
        return self.released_at or self.first_seen


class Basis(StrEnum):
    """By what two releases were compared."""

    SAME = "same"
    SEMANTIC_VERSION = "semantic_version"
    BUILD_NUMBER = "build_number"
    DATE = "date"
    RELEASED = "released"
    FIRST_SEEN = "first_seen"
    # One was released then, the other first seen then.
    TIME = "time"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """How a sentence goes on: “2.4.1 is newer than 2.4.0, by semantic version”."""
        return _WORDS[self]


_WORDS = {
    Basis.SAME: "as they have the same name",
    Basis.SEMANTIC_VERSION: "by semantic version",
    Basis.BUILD_NUMBER: "by build number",
    Basis.DATE: "by the date in the name",
    Basis.RELEASED: "by when they were released",
    Basis.FIRST_SEEN: "by when they were first seen",
    Basis.TIME: "by when they were released or first seen",
    Basis.UNKNOWN: "by name, since nothing else tells their order",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """`sign` is 1 if the first release is newer, -1 if it is older, 0 if neither: they are the same, or nothing tells."""

    sign: int
    basis: Basis

    @property
    def is_known(self) -> bool:
        return self.basis is not Basis.UNKNOWN


def compare(one: Known, other: Known) -> Compared:
    """Whether `one` is newer than `other`. Antisymmetric: `compare(other, one)` has the opposite sign and the same basis."""
    if one.version == other.version:
        return Compared(0, Basis.SAME)
    first, second = read(one.version), read(other.version)
    if first.kind is second.kind and first.package == second.package and first.kind is not Kind.NAME:
        basis = _basis(first, second)
        if first.order != second.order:
            return Compared(1 if first.order > second.order else -1, basis)
        if first.is_whole and second.is_whole:
            return Compared(0, basis)
    if one.time is None or other.time is None or one.time == other.time:
        return Compared(0, Basis.UNKNOWN)
    both = one.released_at and other.released_at
    neither = not one.released_at and not other.released_at
    basis = Basis.RELEASED if both else Basis.FIRST_SEEN if neither else Basis.TIME
    return Compared(1 if one.time > other.time else -1, basis)


def _basis(first: Name, second: Name) -> Basis:
    if first.kind is Kind.DATE:
        return Basis.DATE
    if first.kind is Kind.NUMBER or (first.key == second.key and first.build != second.build):
        return Basis.BUILD_NUMBER
    return Basis.SEMANTIC_VERSION


def by_name(release: str, wanted: str) -> int | None:
    """How the name of a release compares with what people write: 1 if it is newer, -1 if older, 0 if neither; None if it does not compare.

    `wanted` without a package stands for any package, and one number alone also for the beginning of a version or a date.
    """
    name, other = read(release), read(wanted)
    if other.package not in ("", name.package) or Kind.NAME in (name.kind, other.kind):
        return None
    if name.kind is not other.kind:
        name, other = _as_kind(name, other.kind), _as_kind(other, name.kind)
    if name.kind is not other.kind:
        return None
    return (name.order > other.order) - (name.order < other.order)


def _as_kind(name: Name, kind: Kind) -> Name:
    """One number alone as what versions and dates begin with; anything else as it is."""
    if name.kind is not Kind.NUMBER or kind is Kind.NUMBER:
        return name
    numbers = (*name.key, 0, 0, 0, 0) if kind is Kind.VERSION else name.key
    return Name(name.package, kind, (numbers, True, ()), name.build)


def ordered(known: Iterable[Known]) -> list[Known]:
    """All of them, newest first; releases that nothing tells apart by their names. The same whatever the order they come in.

    Those of one kind and package are in their order. Among the others each takes its place by its time, but never before one
    that is newer by name: an old release that is seen late does not come to the top.
    """
    return [release for _, release in merge(*_runs(known), key=_place, reverse=True)]


def newest(known: Iterable[Known], like: str = "") -> Known | None:
    """The newest of them that was released or seen, if any was; None of none.

    With `like` the newest of the kind and package of that release, if there are any.
    """
    releases = list(known)
    releases = [each for each in releases if each.time] or releases
    if like:
        wanted = _family(read(like))
        releases = [each for each in releases if _family(read(each.version)) == wanted] or releases
    return max((run[0] for run in _runs(releases)), key=_place, default=(None, None))[1]


def newest_of_each_package(known: Iterable[Known]) -> list[Known]:
    """The newest of each package, by their names; where most names tell their order, of those only."""
    releases = [(release, read(release.version)) for release in known]
    told = [(release, name) for release, name in releases if name.kind is not Kind.NAME]
    packages: dict[str, list[Known]] = {}
    for release, name in told if 2 * len(told) > len(releases) else releases:
        packages.setdefault(name.package, []).append(release)
    found = (newest(releases) for releases in packages.values())
    return sorted((release for release in found if release), key=lambda release: release.version)


_Placed = tuple[datetime, Known]
_NEVER = datetime.min.replace(tzinfo=UTC)


def _runs(known: Iterable[Known]) -> list[list[_Placed]]:
    """The releases of each kind and package, newest first, each with the time by which it is placed among the others."""
    families: dict[tuple[str, Kind], list[tuple[tuple[object, ...], Known]]] = {}
    for release in known:
        name = read(release.version)
        order = (name.order, release.time or _NEVER, release.version)
        families.setdefault(_family(name), []).append((order, release))
    runs = []
    for (_, kind), family in families.items():
        family.sort(key=lambda pair: pair[0], reverse=True)
        # One that was neither released nor seen stands beside its neighbours, if its name tells which these are.
        known_times = (release.time for _, release in family if release.time)
        time = _NEVER if kind is Kind.NAME else next(known_times, _NEVER)
        run: list[_Placed] = []
        for _, release in family:
            if kind is Kind.NAME:
                time = release.time or _NEVER
            elif release.time:
                time = min(time, release.time)
            run.append((time, release))
        runs.append(run)
    return runs


def _family(name: Name) -> tuple[str, Kind]:
    return name.package, name.kind


def _place(placed: _Placed) -> tuple[datetime, str]:
    return placed[0], placed[1].version
