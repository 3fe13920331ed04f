"""Conditions on releases: of any event of an issue, of its first one, or of its state; by name, in order, or the latest of each project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import F, Q

from issues.models import Deploy, Release, ReleaseEnvironment
from issues.query.syntax import Operator, Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import NOTHING, among, belongs, matches
from issues.search.conditions.tags import tags
from issues.search.conditions.wrong import Wrong
from issues.search.release_order import is_in_order
from issues.versions import order
from issues.versions.names import Kind, read
from issues.versions.order import Known

#: Of more releases only so many are compared, those that were seen last.
MOST_RELEASES = 5_000
LATEST = "latest"
EVERYWHERE = Q()
_SEEN, _DEPLOYED = ReleaseEnvironment.objects, Deploy.objects
#: The keys about one column of the issue; `release` is about all of its events.
COLUMNS = {
    "first-release": "first_release",
    "resolved-in": "resolved_release",
    "regressed-in": "regressed_release",
}


def of_releases(key: str, search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event of one of the releases; with a key of COLUMNS those of which the column is one of them. Raises Wrong."""
    found = NOTHING
    named = []
    for value in values:
        if value.operator is not Operator.EQUAL:
            names = _compared(search, value)
            found |= among(COLUMNS[key], names) if key in COLUMNS else _of_any(search, _named(names))
        elif value.text.lower() == LATEST and not value.is_quoted:
            found |= _latest(key, search)
        else:
            named.append(value)
    if named:
        found |= _not_empty(COLUMNS[key], named) if key in COLUMNS else _of_any(search, named)
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
    # A glob may match the empty text; and where only some rows are in an index, SQLite uses it for statements about these.
    return matches(column, values) & ~Q(**{column: ""})


def _compared(search: Search, value: Value) -> list[str]:
    """The names of the releases that are in this order to `value`; of its package, if it names one."""
    if read(value.text).kind is Kind.NAME:
        raise Wrong(
            f"“{value.text}” has no version that can be compared: write it as 2.4 or 2.4.1, or a whole name of a release"
            " without < or >.",
            value.text,
        )
    names = dict.fromkeys(known.version for _, known in _known(search))
    return [name for name in names if is_in_order(name, value)]


def _latest(key: str, search: Search) -> Q:
    found = NOTHING
    for project, names in latest(search).items():
        of_project = Q(project=project)
        found |= of_project & (
            Q(**{f"{COLUMNS[key]}__in": names}) if key in COLUMNS else _of_any(search, _named(names))
        )
    return found


def latest(search: Search) -> dict[int, list[str]]:
    """The latest releases by project, of each package one: issues.versions.order says which is newer. With an environment of the scope
    those that were seen in it, or deployed to it."""
    by_project: dict[int, list[Known]] = {}
    there = EVERYWHERE
    if environment := search.scope.environment:
        # Not joined: a release may have many of both.
        of = [rows.filter(environment=environment).values("release") for rows in (_SEEN, _DEPLOYED)]
        there = Q(pk__in=of[0]) | Q(pk__in=of[1])
    for project, known in _known(search, there):
        by_project.setdefault(project, []).append(known)
    return {
        project: [release.version for release in order.newest_of_each_package(releases)]
        for project, releases in by_project.items()
    }


def _known(search: Search, only: Q = EVERYWHERE) -> list[tuple[int, Known]]:
    """The releases of the scope by project, at most MOST_RELEASES."""
    rows = Release.objects.filter(project__in=[project.pk for project in search.scope.projects])
    named = rows.filter(only).exclude(version="").order_by(F("last_seen").desc(nulls_last=True), "pk")
    columns = named.values_list("project", "version", "released_at", "first_seen")
    found = [(project, Known(name, *times)) for project, name, *times in columns[: MOST_RELEASES + 1]]
    if len(found) > MOST_RELEASES:
        search.notes.append(f"Only {MOST_RELEASES:,} releases were compared.")
    return found[:MOST_RELEASES]
