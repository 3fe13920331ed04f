"""OIDC_ROLES: the roles that groups of the provider have here. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The roles of the installation and of a project, the one that may most first. accounts.models has the same.
INSTALLATION = ("owner", "admin", "auditor", "member")
PROJECT = ("admin", "member", "viewer")
MOST_GROUPS = 500
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody's groups give them: a role in the installation, empty for none, and roles by the slugs of projects."""

    role: str = ""
    projects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grants:
    """For each group, the pairs of a project's slug and a role in it; the slug is empty for the installation."""

    of_group: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.of_group)

    @property
    def slugs(self) -> frozenset[str]:
        """The projects whose members the provider decides on."""
        return frozenset(slug for pairs in self.of_group.values() for slug, _ in pairs if slug)

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the installation that groups have; empty when the provider does not decide on these."""
        return frozenset(role for pairs in self.of_group.values() for slug, role in pairs if not slug)

    def granted(self, groups: Collection[str]) -> Granted:
        """What these groups give together: of several roles, the one that may most."""
        role, projects = "", dict[str, str]()
        for group in groups:
            for slug, given in self.of_group.get(group, ()):
                if slug:
                    projects[slug] = _higher(PROJECT, projects.get(slug, ""), given)
                else:
                    role = _higher(INSTALLATION, role, given)
        return Granted(role, projects)


def read(value: Mapping[str, Any]) -> Grants:
    """The object of OIDC_ROLES: `{"group": "admin", "other group": ["shop:member", "api:viewer"]}`. Raises ValueError."""
    if len(value) > MOST_GROUPS:
        raise ValueError(f"must have at most {MOST_GROUPS} groups")
    return Grants({group: tuple(map(_pair, _listed(given))) for group, given in value.items()})


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _pair(text: Any) -> tuple[str, str]:
    slug, colon, role = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    if colon and _SLUG.fullmatch(slug) and role in PROJECT:
        return slug, role
    if not colon and role in INSTALLATION:
        return "", role
    raise ValueError(
        f"a group has a role of the installation ({', '.join(INSTALLATION)}), or a project's slug and a role in it, as in "
        f"shop:member ({', '.join(PROJECT)})"
    )


def _higher(order: tuple[str, ...], one: str, other: str) -> str:
    return min((role for role in (one, other) if role), key=order.index)
