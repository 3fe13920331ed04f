"""Conditions on what an issue has to do with: its project, its assignee, a monitor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from accounts import teams
from accounts.access import who_see
from accounts.models import FormerSlug, Team, User
from issues.models import IssueWatch, Monitor
from issues.query.nearest import nearest
from issues.query.syntax import Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import NOTHING, among, belongs
from issues.search.conditions.tags import tags
from issues.search.conditions.wrong import Wrong
from rustrak.lib.text.folding import fold

#: So many people and monitors are looked through for a name.
MOST = 5_000
MONITOR_TAG = "monitor.slug"


def of_projects(search: Search, values: Sequence[Value]) -> Q:
    """Issues of the projects that are called so: by slug, former slug, name or id. Raises Wrong."""
    chosen: set[int] = set()
    for value in values:
        found = {
            project.pk
            for project in search.scope.projects
            if _is_called(value, [project.slug, project.name, str(project.pk)])
        } or _formerly(search, value)
        if not found and not value.is_glob:
            names = [project.slug for project in search.scope.projects]
            raise Wrong(
                f"There is no project “{value.text}” among those that you see.",
                value.text,
                nearest(value.text, names),
            )
        chosen |= found
    return Q(project__in=sorted(chosen))


def _formerly(search: Search, value: Value) -> set[int]:
    own = {project.pk for project in search.scope.projects}
    return own & set(
        FormerSlug.objects.filter(slug=value.text.lower()[:51]).values_list("project", flat=True)
    )


def of_assignees(search: Search, values: Sequence[Value]) -> Q:
    """Issues that somebody looks after: `me`, `my_teams`, `none`, `anybody`, `team` (any team), `#slug` of a team, or the person who
    is called so. Raises Wrong."""
    found = NOTHING
    people: list[tuple[int, list[str]]] | None = None
    for value in values:
        word = "" if value.is_quoted or value.is_glob else value.text.lower()
        if word == "me":
            found |= Q(assignee=_viewer(search, "assigned:me", value.text))
        elif word == "my_teams":
            viewer = _viewer(search, "assigned:my_teams", value.text)
            found |= Q(assigned_team__in=Team.objects.filter(members=viewer).values("pk"))
        elif word in ("none", "nobody"):
            found |= Q(assignee=None, assigned_team=None)
        elif word == "anybody":
            found |= Q(assignee__isnull=False) | Q(assigned_team__isnull=False)
        elif word == "team":
            found |= Q(assigned_team__isnull=False)
        elif value.text.startswith("#"):
            found |= Q(assigned_team__in=_teams(search, value))
        else:
            people = _people(search) if people is None else people
            found |= Q(assignee__in=_called(value, people))
    return found


def of_watchers(search: Search, values: Sequence[Value]) -> Q:
    """Issues that `me`, or the person who is called so, watches. Raises Wrong."""
    found = NOTHING
    people: list[tuple[int, list[str]]] | None = None
    for value in values:
        if not value.is_quoted and not value.is_glob and value.text.lower() == "me":
            found |= watched_by([_viewer(search, "watching:me", value.text).pk])
        else:
            people = _people(search) if people is None else people
            found |= watched_by(_called(value, people))
    return found


def watched_by(users: Sequence[int]) -> Q:
    """Issues that one of these users watches."""
    watches = IssueWatch.objects.filter(user__in=users, is_watching=True)
    return Q(Exists(watches.filter(issue=OuterRef("pk"))))


def _viewer(search: Search, what: str, text: str) -> User:
    if search.scope.viewer is None:
        raise Wrong(f"{what} depends on who looks, so it cannot be used here: name the person.", text)
    return search.scope.viewer


def _teams(search: Search, value: Value) -> list[int]:
    """The teams of the scope's projects that are called so. Raises Wrong."""
    known = list(teams.able(search.scope.keys()).values_list("pk", "slug")[: teams.MOST])
    found = [key for key, slug in known if _is_called(value, [f"#{slug}"])]
    if not found and not value.is_glob:
        names = [f"#{slug}" for _, slug in known]
        raise Wrong(
            f"No team of people who can see the project is called “{value.text}”.",
            value.text,
            nearest(value.text, names),
        )
    return found


def _people(search: Search) -> list[tuple[int, list[str]]]:
    """Whom issues of the scope can be assigned to, with all that they are called."""
    able = who_see(search.scope.keys()).order_by("email")
    return [
        (key, [email, name, email.partition("@")[0], *name.split()])
        for key, email, name in able.values_list("pk", "email", "name")[:MOST]
    ]


def _called(value: Value, people: Sequence[tuple[int, list[str]]]) -> list[int]:
    found = [key for key, names in people if _is_called(value, names)]
    if not found and not value.is_glob:
        known = dict.fromkeys(name for _, names in people for name in names[:3] if name)
        raise Wrong(
            f"Nobody who can see the project is called “{value.text}”, by name or e-mail address.",
            value.text,
            nearest(value.text, ["me", "none", "team", "my_teams", *known]),
        )
    return found


def of_monitors(search: Search, values: Sequence[Value]) -> Q:
    """Issues of failures of the monitors that are called so, by slug or name. Raises Wrong."""
    rows = Monitor.objects.filter(project__in=search.scope.keys()).order_by("slug")
    known = list(rows.values_list("slug", "name")[:MOST])
    slugs: set[str] = set()
    for value in values:
        found = {slug for slug, name in known if _is_called(value, [slug, name])}
        if not found and not value.is_glob:
            raise Wrong(f"There is no monitor “{value.text}”.", value.text, nearest(value.text, _flat(known)))
        slugs |= found
    return belongs(tags(search, MONITOR_TAG).filter(among("value", sorted(slugs))))


def _flat(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair if name))


def _is_called(value: Value, names: Iterable[str]) -> bool:
    """Whether one of the names is the value, without regard to case."""
    if value.is_glob:
        # The pieces may have a question mark, which is a letter here.
        return any(_fits(name, value.pieces) for name in names if name)
    return fold(value.text) in {fold(name) for name in names if name}


def _fits(name: str, pieces: Sequence[str]) -> bool:
    text, at = fold(name), 0
    first, *inner = (fold(piece) for piece in pieces)
    last = inner.pop()
    if not text.startswith(first) or not text.endswith(last):
        return False
    at = len(first)
    for piece in inner:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return at + len(last) <= len(text)
