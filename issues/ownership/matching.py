"""Which line of a project's rules decides about an event. Pure.

Lines about paths and modules are compared with one stack frame after the other, from where it happened: the first frame that a line
matches decides, so that the owner of a library which calls everything does not get everything. Frames of the application come
before all others. Of the lines about this frame, the URL and tags, the last one decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from issues.ownership.syntax import Rule, parse
from issues.payload.access import interface, mapping, text
from issues.payload.rules.facts import Facts

#: Frames of an event that are looked at, characters of a URL, and texts whose answer is remembered.
MOST_FRAMES, LONGEST_URL, MOST_REMEMBERED = 50, 4096, 2_000


class Budget:
    """How many texts may still be compared with all lines, and for how many seconds of CPU time: a flood of new issues must not
    take long, nor must lines that an admin made slow on purpose."""

    def __init__(self, left: int, seconds: float) -> None:
        self.left = left
        self.seconds = seconds

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0 and self.seconds > 0


class RuleSet:
    """The rules of one version. Remembers which line decides about a text: the same files come again and again."""

    def __init__(self, text: str, version: int = 0) -> None:
        self.version = version
        parsed = parse(text)
        self.mistakes = parsed.mistakes
        self.rules = parsed.rules
        # From the last, which decides.
        self._of: dict[str, list[Rule]] = {
            kind: [rule for rule in reversed(parsed.rules) if rule.kind == kind]
            for kind in ("path", "url", "module", "tag")
        }
        self._known: dict[tuple[str, str], Rule | None] = {}

    def decide(
        self, event: Mapping[str, Any], own_tags: dict[str, str] | None = None, budget: Budget | None = None
    ) -> Rule | None:
        """The line that decides about the event; None if none matches, or the budget is spent."""
        facts = Facts(dict(event), own_tags)
        found = [self._of_frames(facts, budget)] if self._of["path"] or self._of["module"] else []
        if self._of["url"]:
            url = text(mapping(interface(dict(event), "request")).get("url"))[:LONGEST_URL].casefold()[
                :LONGEST_URL
            ]
            found += [self._last("url", each, budget) for each in {url, url.partition("?")[0]} if each]
        found += [
            rule
            for rule in self._of["tag"]
            if (value := facts.value(f"tags.{rule.tag}")) and rule.test(value.casefold())
        ][:1]
        return max((rule for rule in found if rule), key=lambda rule: rule.line, default=None)

    def _of_frames(self, facts: Facts, budget: Budget | None) -> Rule | None:
        files, modules, apps = facts.files(), facts.column("module"), facts.apps()
        frames = [index for index, app in enumerate(apps) if app == ("yes",)]
        frames += [index for index, app in enumerate(apps) if app != ("yes",)]
        for index in frames[:MOST_FRAMES]:
            found = [self._last("path", path, budget) for path in _decisive(files[index])]
            found += [self._last("module", each.casefold(), budget) for each in modules[index] if each]
            if rule := max((rule for rule in found if rule), key=lambda rule: rule.line, default=None):
                return rule
        return None

    def _last(self, kind: str, value: str, budget: Budget | None) -> Rule | None:
        """The last line of a kind that matches the text."""
        key = kind, value
        if key not in self._known:
            if budget is not None and not budget.take():
                return None
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            began = time.thread_time()
            fitting = (rule for rule in self._of[kind] if rule.literal in value and rule.test(value))
            self._known[key] = next(fitting, None)
            if budget is not None:
                budget.seconds -= time.thread_time() - began
        return self._known[key]


def _decisive(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a frame in the repository, if the frame has one, else all that it has."""
    relative = tuple(path for path in paths if path and not path.startswith("/") and ":" not in path[:20])
    return relative or tuple(path for path in paths if path)
