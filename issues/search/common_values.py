"""Values of the keys that are no tags: people, assignees, monitors, projects, and types of exceptions. Each looks at few rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from accounts import teams
from accounts.access import who_see
from issues.models import Issue, Monitor, Person
from issues.query.printing import value_text
from issues.search.scope import Scope
from rustrak.lib.text.folding import fold

# How many rows are looked at: the latest ones, or those that sort first.
_RECENT, _SORTED = 200, 20
# People are looked up project by project, as there is no index across projects.
_MOST_PROJECTS = 3
_COLUMNS = {"user.id": "user_id", "user.email": "email", "user.username": "username", "user.ip": "ip_address"}
_NAMES = ("email", "username", "user_id", "ip_address")


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be typed, as it is written, and what it is."""

    text: str
    about: str


def people(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """Those who were seen last, and those whose address or name begins so."""
    columns = (_COLUMNS[key],) if key in _COLUMNS else _NAMES
    wanted = fold(beginning)
    for project in scope.projects[:_MOST_PROJECTS]:
        rows = Person.objects.filter(project=project)
        found = list(rows.order_by("-last_seen").values(*_NAMES)[:_RECENT])
        if wanted:
            for column in columns:
                if column != "user_id":  # which has no index
                    begin = wanted if column != "ip_address" else beginning
                    named = rows.exclude(**{column: ""}).filter(**{f"{column}__gte": begin})
                    found += named.order_by(column).values(*_NAMES)[:_SORTED]
        yield from _different(_of_person(key, person, columns, wanted) for person in found)


def _of_person(key: str, person: Mapping[str, str], columns: Iterable[str], wanted: str) -> Choice | None:
    for column in columns:
        name = person[column]
        if name and fold(name).startswith(wanted):
            others = [other for each in _NAMES if (other := person[each]) and other != name]
            return Choice(value_text(key, name), " · ".join(others) or "user")
    return None


def assignees(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """Words for people, then the teams of those who may see the projects, then these, by their address and name."""
    wanted = fold(beginning)
    for word, about in _ASSIGNEES.items():
        if word.startswith(wanted) and (word not in ("me", "my_teams") or scope.viewer):
            yield Choice(word, about)
    if beginning[:1] in ("", "#"):
        for slug, name in teams.able(scope.keys()).values_list("slug", "name")[:_RECENT]:
            if slug.startswith(wanted[1:]):
                yield Choice(value_text(key, f"#{slug}"), name)
    yield from _colleagues(scope, key, beginning)


def watchers(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """`me`, then those who may see the projects."""
    if "me".startswith(fold(beginning)) and scope.viewer:
        yield Choice("me", "you")
    yield from _colleagues(scope, key, beginning)


def _colleagues(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """Those who may see the projects, by their address and name."""
    wanted = fold(beginning)
    for user in who_see(scope.keys()).only("email", "name").order_by("email")[:_RECENT]:
        if fold(user.email).startswith(wanted) or any(
            fold(part).startswith(wanted) for part in user.name.split()
        ):
            yield Choice(value_text(key, user.email), user.name or "member")


_RELEASES = {
    "first-release": "first_release",
    "resolved-in": "resolved_release",
    "regressed-in": "regressed_release",
}


def releases_of_issues(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """Releases that a column of the issues that were seen last names."""
    if "latest".startswith(beginning.lower()):
        yield Choice("latest", "the newest release")
    names = _of_recent_issues(scope, _RELEASES[key])
    yield from (Choice(value_text(key, name), "release") for name in names if fold(beginning) in fold(name))


def types(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    """Types of the issues that were seen last."""
    names = _of_recent_issues(scope, "type")
    wanted = fold(beginning)
    fitting = sorted(
        (name for name in names if wanted in fold(name)), key=lambda name: not fold(name).startswith(wanted)
    )
    yield from (Choice(value_text(key, name), "type of exception") for name in fitting)


def _of_recent_issues(scope: Scope, column: str) -> Iterable[str]:
    """Different values of the latest issues, the latest first."""
    found: dict[str, None] = {}
    for project in scope.projects[:_MOST_PROJECTS]:
        recent = Issue.objects.filter(project=project).order_by("-last_seen", "-id")
        found |= dict.fromkeys(recent.values_list(column, flat=True)[:_RECENT])
    return [name for name in found if name]


def monitors(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    rows = Monitor.objects.filter(project__in=scope.keys()).order_by("project", "slug")
    for slug, name in rows.values_list("slug", "name")[:_RECENT]:
        if any(fold(each).startswith(fold(beginning)) for each in (slug, name)):
            yield Choice(value_text(key, slug), name if name != slug and name else "monitor")


def projects(scope: Scope, key: str, beginning: str) -> Iterator[Choice]:
    wanted = fold(beginning)
    for project in scope.projects:
        if project.slug.startswith(wanted) or wanted in fold(project.name):
            yield Choice(value_text(key, project.slug), project.name)


def _different(choices: Iterable[Choice | None]) -> Iterator[Choice]:
    seen: set[str] = set()
    for choice in choices:
        if choice and choice.text not in seen:
            seen.add(choice.text)
            yield choice


_ASSIGNEES = {"me": "you", "my_teams": "a team that you are in", "none": "nobody", "team": "any team"}
