"""Whom the names in ownership rules mean."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from accounts import teams
from accounts.access import who_act
from accounts.models import Team, User
from rustrak.lib.text.folding import fold

#: So many people and teams of a project are known.
MOST = 2_000


class Owners:
    """The people and teams to whom issues of a project can be assigned. Two queries, when somebody is first asked for."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id

    def find(self, name: str) -> User | Team | None:
        """Whom `ana@example.org`, `@ana`, `@acme/payments` or `#payments` means; None for nobody, or several people.

        `@name` is the part of an address before its @, a person's name without blanks, or the slug of a team.
        """
        if name.startswith("#"):
            return self._teams.get(fold(name[1:]))
        if not name.startswith("@"):
            return self._people.get(fold(name))
        own = fold(name.lstrip("@"))
        return self._people.get(own) or self._teams.get(own.rpartition("/")[2])

    def first(self, names: Iterable[str]) -> User | Team | None:
        """The first of them that means somebody."""
        return next((found for name in names if (found := self.find(name))), None)

    @cached_property
    def _people(self) -> dict[str, User]:
        people = list(who_act([self._project_id]).order_by("pk")[:MOST])
        named: dict[str, list[User]] = {}
        for each in people:
            for name in {fold(each.email.partition("@")[0]), fold("".join(each.name.split()))} - {""}:
                named.setdefault(name, []).append(each)
        found = {name: several[0] for name, several in named.items() if len(several) == 1}
        return found | {fold(each.email): each for each in people}

    @cached_property
    def _teams(self) -> dict[str, Team]:
        return {fold(team.slug): team for team in teams.able([self._project_id])[:MOST]}
