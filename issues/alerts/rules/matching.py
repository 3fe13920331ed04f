"""Whether a rule wants to tell about an event, by its level, environment, release and tags. Reads no row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from issues.models import Level
from rustrak.lib.text.globs import Globs

#: The values of each tag: one where an event is known, several where only its issue is.
Tags = Mapping[str, Collection[str]]


class Filters(Protocol):
    """What an AlertRule and RuleValues have in common. Empty filters let everything pass."""

    @property
    def only_errors(self) -> bool: ...
    @property
    def levels(self) -> Sequence[str]: ...
    @property
    def environments(self) -> Sequence[str]: ...
    @property
    def releases(self) -> Sequence[str]: ...
    @property
    def tags(self) -> Sequence[Sequence[str]]: ...


@dataclass(frozen=True, slots=True)
class About:
    """What filters look at in an event, or in an issue where no event is known."""

    level: int
    environment: str = ""
    release: str = ""


class Matcher:
    """The filters of a rule, compiled. Raises what a row with impossible values raises: KeyError, TypeError, ValueError."""

    def __init__(self, filters: Filters) -> None:
        self._least = Level.ERROR.value if filters.only_errors else 0
        self._levels = frozenset(Level[name.upper()].value for name in filters.levels)
        self._environments = frozenset(filters.environments)
        self._releases = Globs(filters.releases)
        patterns: dict[str, list[str]] = {}
        for key, pattern in filters.tags:
            patterns.setdefault(key, []).append(pattern)
        self._tags = {key: Globs(globs) for key, globs in patterns.items()}

    @property
    def tag_keys(self) -> Collection[str]:
        """The tags that must be known for `matches_tags`; empty if any will do."""
        return self._tags.keys()

    def matches(self, about: About) -> bool:
        """Whether level, environment and release are wanted. `only_errors` lets ERROR and FATAL pass."""
        return (
            about.level >= self._least
            and (not self._levels or about.level in self._levels)
            and (not self._environments or about.environment in self._environments)
            and (not self._releases or self._releases.match(about.release))
        )

    def matches_tags(self, tags: Tags) -> bool:
        """Whether one of the wanted tags has a value that matches its pattern. Case does not matter in values."""
        return not self._tags or any(
            globs.match(value) for key, globs in self._tags.items() for value in tags.get(key, ())
        )
