"""When rules last told of something, and how often they have been silent since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Sum

from issues.models import AlertMark, AlertRule, News
from rustrak.lib import bulk

#: The mark that counts the messages which people chose not to get: its subject, and its trigger.
SILENCED = "people", "silenced"
_CHUNK = 500


class Key(NamedTuple):
    """What a cooldown is of: a rule, what it tells about, and why."""

    rule: int
    subject: str
    trigger: str


class Marks:
    """The marks that a turn asks for, read at once, changed in memory and written at once."""

    def __init__(self, now: datetime, keys: Iterable[Key]) -> None:
        self._now = now
        self._at: dict[Key, datetime] = {}
        self._before: dict[Key, int] = {}
        self._told: dict[Key, datetime] = {}
        self._silent: Counter[Key] = Counter()
        wanted = set(keys)
        rules = {key.rule for key in wanted}
        subjects = sorted({key.subject for key in wanted})
        for start in range(0, len(subjects), _CHUNK):
            rows = AlertMark.objects.filter(rule__in=rules, subject__in=subjects[start : start + _CHUNK])
            for rule, subject, trigger, at, suppressed in rows.values_list(
                "rule", "subject", "trigger", "at", "suppressed"
            ):
                key = Key(rule, subject, trigger)
                if key in wanted:
                    self._at[key], self._before[key] = at, suppressed

    def told_at(self, key: Key) -> datetime | None:
        """When the rule last told of it."""
        return self._at.get(key)

    def is_silent(self, key: Key, minutes: int) -> bool:
        """Whether the rule told of it less than `minutes` ago. A mark from the future was made by a clock that was wrong
        by that much: it counts as one from as long ago."""
        at = self._at.get(key)
        return at is not None and abs(self._now - at) < timedelta(minutes=minutes)

    def tell(self, key: Key) -> int:
        """Note that the rule tells of it now. Returns how often it was silent since it last did."""
        silent = self._before.get(key, 0) + self._silent.pop(key, 0)
        self._at[key] = self._told[key] = self._now
        self._before[key] = 0
        return silent

    def silence(self, key: Key, count: int = 1) -> None:
        """Count what the rule did not tell."""
        self._silent[key] += count

    def silences(self, key: Key) -> int:
        """How often the rule was silent since it told of it."""
        return self._before.get(key, 0) + self._silent[key]

    def write(self) -> None:
        """Write what was told and counted."""
        told = set(self._told)
        AlertMark.objects.bulk_create(
            [
                AlertMark(rule_id=key.rule, subject=key.subject, trigger=key.trigger, at=self._now, suppressed=self._silent[key])
                for key in sorted(told)
            ],
            update_conflicts=True,
            unique_fields=["rule", "subject", "trigger"],
            update_fields=["at", "suppressed"],
        )  # fmt: skip
        bulk.upsert(
            AlertMark,
            ["rule", "subject", "trigger", "at", "suppressed"],
            [
                (*key, self._now, count)
                for key, count in sorted(self._silent.items())
                if count and key not in told
            ],
            unique=["rule", "subject", "trigger"],
            add="suppressed",
        )


def suppressed(rules: Collection[AlertRule]) -> dict[int, tuple[int, int]]:
    """By rule: how much its cooldowns hold back at present since it last told of the same, and how many messages people
    chose not to get. For pages and the API; one query."""
    found = {rule.pk: (0, 0) for rule in rules}
    rows = (
        AlertMark.objects.filter(rule__in=rules)
        .values_list("rule", "trigger")
        .annotate(count=Sum("suppressed"))
    )
    for rule, trigger, count in rows.order_by():
        cooldown, people = found[rule]
        if trigger == SILENCED[1]:
            people += count
        else:
            cooldown += count
        found[rule] = cooldown, people
    return found


def leaves_mark(news: News) -> bool:
    """Whether a rule may tell such news of one issue again: only once is an issue new."""
    return news != News.NEW
