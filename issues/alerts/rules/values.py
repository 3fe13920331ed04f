"""What people choose for a rule, whether it is stored or not."""

from __future__ import annotations

from dataclasses import dataclass

from issues.models import AlertRule, News

#: What a rule can tell about, the most telling first: of several that one change causes, a rule tells the first.
TRIGGERS: tuple[News, ...] = (
    News.MONITOR_FAILED,
    News.MONITOR_RECOVERED,
    News.SPIKE,
    News.ESCALATING,
    News.REGRESSED,
    News.UNMUTED,
    News.NEW,
)


@dataclass(frozen=True, slots=True)
class RuleValues:
    """The columns of an AlertRule that people choose; its docstring and comments say what they mean.

    `levels` are names ("error"), `tags` pairs of key and value, `channels` ids of channels, `people` ids of users.
    """

    name: str
    triggers: tuple[str, ...] = ()
    is_enabled: bool = True
    amount: int = 100
    unit: str = AlertRule.Unit.EVENTS.value
    minutes: int = 60
    times: int = 5
    only_errors: bool = False
    levels: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    query: str = ""
    channels: tuple[int, ...] = ()
    to_members: bool = False
    to_assignee: bool = False
    people: tuple[int, ...] = ()
    cooldown_minutes: int = 60
