"""Conditions on releases: of any event of an issue, or of its first one; by name, by version, or the latest of each project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Min, Q

from issues.models import Issue
from issues.query.syntax import Operator, Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import NOTHING, among, belongs, matches
from issues.search.conditions.tags import tags
from issues.search.conditions.wrong import Wrong
from issues.search.stored_names import tag_values, tag_values_by_project
from issues.versions.versions import Version, version_of

#: Of more releases only so many are compared.
MOST_RELEASES = 5_000
LATEST = "latest"


def of_releases(key: str, search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event of one of the releases; with the key `first-release`, those whose first event is. Raises Wrong."""
    found = NOTHING
    named = []
    for value in values:
        if value.operator is not Operator.EQUAL:
            names = _compared(search, value)
            found |= (
                among("first_release", names) if key == "first-release" else _of_any(search, _named(names))
            )
        elif value.text.lower() == LATEST and not value.is_quoted:
            found |= _latest(key, search)
        else:
            named.append(value)
    if named:
        found |= _not_empty("first_release", named) if key == "first-release" else _of_any(search, named)
    return found


def _named(names: Iterable[str]) -> list[Value]:
    return [Value(name, (name,), is_quoted=True) for name in names]


def _of_any(search: Search, values: Sequence[Value]) -> Q:
    """The tags know all releases, but for issues with too many: of these the columns know two."""
    if not values:
        return NOTHING
    own = _not_empty("first_release", values) | _not_empty("last_release", values)
    return own | belongs(tags(search, "release").filter(matches("value", values)))


def _not_empty(column: str, values: Sequence[Value]) -> Q:
    found = matches(column, values)
    return found & ~Q(**{column: ""}) if any(value.is_glob for value in values) else found


def _compared(search: Search, value: Value) -> list[str]:
    """The names of the releases whose version is in this order to that of `value`; of its package, if it names one."""
    wanted = version_of(value.text)
    if wanted is None:
        raise Wrong(
            f"“{value.text}” has no version that can be compared: write it as 2.4 or 2.4.1, or a whole name of a release"
            " without < or >.",
            value.text,
        )
    known = tag_values(search.scope, "release", MOST_RELEASES + 1)
    if len(known) > MOST_RELEASES:
        search.notes.append(f"Only {MOST_RELEASES:,} releases were compared.")
    versions = ((name, version_of(name)) for name in known[:MOST_RELEASES])
    return [name for name, version in versions if version and _is_in_order(version, value.operator, wanted)]


def _is_in_order(version: Version, operator: Operator, wanted: Version) -> bool:
    if wanted.package not in ("", version.package):
        return False
    if operator is Operator.LESS:
        return version < wanted
    if operator is Operator.AT_MOST:
        return version <= wanted
    return version > wanted if operator is Operator.MORE else version >= wanted


def _latest(key: str, search: Search) -> Q:
    found = NOTHING
    for project, names in latest(search).items():
        if key == "first-release":
            found |= Q(project=project, first_release__in=names)
        else:
            found |= Q(project=project) & _of_any(search, _named(names))
    return found


def latest(search: Search) -> dict[int, list[str]]:
    """The latest releases by project, of each package one: the highest version, where most names of a project's releases have one.
    Else one release, that of which the first sign is the latest."""
    by_project: dict[int, list[str]] = {}
    pairs = tag_values_by_project(search.scope, "release", MOST_RELEASES + 1)
    if len(pairs) > MOST_RELEASES:
        search.notes.append(f"Only {MOST_RELEASES:,} releases were compared.")
    for project, name in pairs[:MOST_RELEASES]:
        by_project.setdefault(project, []).append(name)
    found = {project: _highest(names) for project, names in by_project.items()}
    others = [project for project, names in found.items() if not names]
    if others:
        signs = _first_signs(others)
        for project in others:
            known = [(signs[project, name], name) for name in by_project[project] if (project, name) in signs]
            found[project] = [max(known)[1]] if known else []
    return found


def _highest(names: Sequence[str]) -> list[str]:
    versions = {name: version for name in names if (version := version_of(name))}
    if 2 * len(versions) <= len(names):
        return []
    highest: dict[str, str] = {}
    for name in sorted(versions, key=versions.__getitem__):
        highest[versions[name].package] = name
    return sorted(highest.values())


def _first_signs(projects: Sequence[int]) -> Mapping[tuple[int, str], datetime]:
    """The earliest time at which an issue was first or last seen in a release."""
    found: dict[tuple[int, str], datetime] = {}
    for release, time in (("first_release", "first_seen"), ("last_release", "last_seen")):
        rows = Issue.objects.filter(project__in=projects).exclude(**{release: ""})
        for project, name, at in rows.order_by().values_list("project", release).annotate(at=Min(time)):
            found[project, name] = min(at, found.get((project, name), at))
    return found
