"""Whom the mentions in a comment mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts import teams
from accounts.access import who_see
from accounts.models import Project, User
from issues import assignees
from issues.comments.markdown import mentions
from rustrak.lib.text.folding import fold


@dataclass(slots=True)
class Mentioned:
    """The people who are mentioned, by themselves or with their team, by id; and a sentence about each `@word` that means nobody,
    or several people."""

    people: dict[int, User] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


def resolve(project: Project, text: str) -> Mentioned:
    """Whom the comment mentions, of those who may see the project. Two queries if there are mentions.

    A person is called by e-mail address, by what stands before its @, or by name without blanks; a team by `#slug`.
    """
    found = Mentioned()
    words = mentions(text)
    if not words:
        return found
    people = list(who_see([project]).order_by("email")[: assignees.MOST])
    if slugs := [word[1:].lower() for word in words if word.startswith("#")]:
        able = {each.pk for each in people}
        for team in teams.able([project]).filter(slug__in=slugs).prefetch_related("members"):
            found.people |= {each.pk: each for each in team.members.all() if each.pk in able}
    by_name = _by_name(people)
    for word in words:
        if not word.startswith("@"):
            continue
        meant = by_name.get(fold(word[1:]), {})
        if len(meant) == 1:
            found.people |= meant
        elif meant:
            addresses = ", ".join(f"@{each.email}" for each in list(meant.values())[:5])
            found.unclear.append(f"{word} can be several people, so nobody was told. Write {addresses}.")
        else:
            found.unclear.append(f"Nobody who can see this project is called {word}, so nobody was told.")
    return found


def _by_name(people: Iterable[User]) -> dict[str, dict[int, User]]:
    """People by all that they are called, without regard to case. An address means one person, whatever others are called."""
    found: dict[str, dict[int, User]] = {}
    for each in people:
        for name in {fold(each.email.partition("@")[0]), fold("".join(each.name.split()))}:
            if name:
                found.setdefault(name, {})[each.pk] = each
    for each in people:
        found[fold(each.email)] = {each.pk: each}
    return found
