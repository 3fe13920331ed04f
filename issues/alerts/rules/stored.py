"""Rules in the database: creates, changes and deletes them. The only write path of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.access import who_see
from accounts.models import Project, User
from issues import search
from issues.alerts.rules.values import TRIGGERS, RuleValues
from issues.models import AlertChannel, AlertDelivery, AlertRule, Issue, Level, News
from issues.search.lookup import look_up, rule_mistake
from issues.search.sentences import sentence
from rustrak.lib import clock
from rustrak.lib.text.visible_text import has_text

MOST_RULES = 50
#: Entries of a list, channels and people of a rule.
MOST_ENTRIES, MOST_DESTINATIONS = 50, 100
NAME_LENGTH, QUERY_LENGTH, TEXT_LENGTH, ENVIRONMENT_LENGTH = 100, 200, 200, 64
MOST_AMOUNT, MOST_MINUTES, MOST_TIMES, MOST_COOLDOWN = 1_000_000, 24 * 60, 1_000, 7 * 24 * 60

_LEVELS = tuple(str(label) for label in Level.labels)
_RELATED = ("channels", "people")
_COLUMNS = tuple(field.name for field in fields(RuleValues) if field.name not in _RELATED)
# What makes the digest note how many events each issue has.
_OF_VOLUME = frozenset({News.ESCALATING.value, News.SPIKE.value})


class Invalid(ValueError):
    """Values that no rule can have. `errors`: a sentence for people by field of RuleValues; by "" of the rule as a whole."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def of_project(project: Project) -> QuerySet[AlertRule]:
    """The project's rules in the order of their creation."""
    return AlertRule.objects.filter(project=project).order_by("pk")


def values(rule: AlertRule) -> RuleValues:
    """What people chose for a stored rule."""
    chosen: dict[str, Any] = {name: _frozen(getattr(rule, name)) for name in _COLUMNS}
    chosen |= {name: tuple(sorted(each.pk for each in getattr(rule, name).all())) for name in _RELATED}
    return RuleValues(**chosen)


def usable_channels(project: Project) -> QuerySet[AlertChannel]:
    """The channels that rules of the project can send to: its own, and those of the installation."""
    return AlertChannel.objects.filter(Q(project=project) | Q(project=None)).order_by("name", "pk")


def usable_people(project: Project) -> QuerySet[User]:
    """The people whom rules of the project can name: those who see it."""
    return who_see([project]).order_by("email")


def create(project: Project, chosen: RuleValues, by: User | None) -> AlertRule:
    """A new rule of the project. Raises Invalid."""
    chosen = checked(project, chosen)
    with transaction.atomic():
        # So that many at once do not pass the limit.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if AlertRule.objects.filter(project=project).count() >= MOST_RULES:
            raise Invalid({"": f"A project has at most {MOST_RULES} alert rules. Delete one first."})
        rule = AlertRule(project=project, created_by=by)
        _save(rule, chosen)
        audit.record(audit.Action.ALERT_RULE_CREATE, rule, name=rule.name, project=project)
    return rule


def change(rule: AlertRule, changed: Mapping[str, Any]) -> AlertRule:
    """Give `rule` new values of some fields of RuleValues; the others stay. Raises Invalid, AlertRule.DoesNotExist.

    Messages that wait to be sent are dropped when the rule is switched off.
    """
    with transaction.atomic():
        # Two that change different fields at the same time must not undo each other.
        stored = AlertRule.objects.select_for_update(of=("self",)).select_related("project").get(pk=rule.pk)
        chosen = replace(_still_usable(stored), **changed)
        # A rule that has lost its recipients can still be switched off.
        if dict(changed) != {"is_enabled": False}:
            chosen = checked(stored.project, chosen)
        was_enabled, before = stored.is_enabled, asdict(values(stored))
        _save(stored, chosen)
        if said := audit.changes(before, asdict(chosen)):
            audit.record(
                audit.Action.ALERT_RULE_CHANGE, stored, name=stored.name, project=stored.project, details=said
            )
        if was_enabled and not chosen.is_enabled:
            _drop_waiting(stored, "The rule was switched off.")
    return stored


def delete(rule: AlertRule) -> None:
    """Delete `rule`; messages of it that wait to be sent are dropped."""
    with transaction.atomic():
        _drop_waiting(rule, "The rule was deleted.")
        if AlertRule.objects.filter(pk=rule.pk).delete()[0]:
            audit.record(audit.Action.ALERT_RULE_DELETE, name=rule.name, project=rule.project)


def checked(project: Project, chosen: RuleValues) -> RuleValues:
    """The values as they are stored: without blanks around texts, empty entries and repetitions. Raises Invalid."""
    chosen = replace(
        chosen,
        name=" ".join(chosen.name.split()),
        query=chosen.query.strip(),
        triggers=_once(chosen.triggers),
        levels=_once(level.strip() for level in chosen.levels),
        environments=_once(text.strip() for text in chosen.environments),
        releases=_once(text.strip() for text in chosen.releases),
        tags=tuple(
            dict.fromkeys((key.strip(), value.strip()) for key, value in chosen.tags if key.strip() or value.strip())
        ),
        channels=tuple(sorted(set(chosen.channels))),
        people=tuple(sorted(set(chosen.people))),
    )  # fmt: skip
    if errors := _errors(chosen) or _unusable(project, chosen):
        raise Invalid(errors)
    return chosen


def _still_usable(rule: AlertRule) -> RuleValues:
    """The values of a stored rule, without people and channels that have left the project since."""
    chosen = values(rule)
    if chosen.people:
        able = usable_people(rule.project).filter(pk__in=chosen.people).values_list("pk", flat=True)
        chosen = replace(chosen, people=tuple(able))
    if chosen.channels:
        usable = usable_channels(rule.project).filter(pk__in=chosen.channels).values_list("pk", flat=True)
        chosen = replace(chosen, channels=tuple(usable))
    return chosen


def _errors(chosen: RuleValues) -> dict[str, str]:
    """What is wrong with the values themselves, by field."""
    errors = {
        "name": _name_error(chosen.name),
        "triggers": _unknown(chosen.triggers, [each.value for each in TRIGGERS])
        or ("" if chosen.triggers else "Choose at least one reason to send an alert."),
        "unit": _unknown([chosen.unit], AlertRule.Unit.values),
        "amount": _out_of(chosen.amount, 1, MOST_AMOUNT),
        "minutes": _out_of(chosen.minutes, 1, MOST_MINUTES),
        "times": _out_of(chosen.times, 1, MOST_TIMES),
        "cooldown_minutes": _out_of(chosen.cooldown_minutes, 0, MOST_COOLDOWN),
        "levels": _unknown(chosen.levels, _LEVELS),
        "environments": _texts_error(chosen.environments, ENVIRONMENT_LENGTH),
        "releases": _texts_error(chosen.releases, TEXT_LENGTH),
        "tags": _tags_error(chosen.tags),
        "query": _texts_error([chosen.query], QUERY_LENGTH) or rule_mistake(chosen.query),
        "channels": _too_many(chosen.channels, MOST_DESTINATIONS),
        "people": _too_many(chosen.people, MOST_DESTINATIONS),
    }
    if not (chosen.channels or chosen.people or chosen.to_members or chosen.to_assignee):
        errors["channels"] = "Choose at least one channel or person to send alerts to."
    return {name: error for name, error in errors.items() if error}


def _unusable(project: Project, chosen: RuleValues) -> dict[str, str]:
    """Channels and people that are unknown in this project, and a search that names what is, by field."""
    errors = {}
    if chosen.query:
        scope = search.Scope([project], None, clock.now())
        if mistakes := look_up(Issue.objects.none(), chosen.query, scope).mistakes:
            errors["query"] = sentence(chosen.query, mistakes)
    if chosen.channels:
        usable = set(usable_channels(project).filter(pk__in=chosen.channels).values_list("pk", flat=True))
        if missing := [str(key) for key in chosen.channels if key not in usable]:
            errors["channels"] = f"This project has no such channel: {', '.join(missing)}."
    if chosen.people:
        able = set(usable_people(project).filter(pk__in=chosen.people).values_list("pk", flat=True))
        if missing := [str(key) for key in chosen.people if key not in able]:
            errors["people"] = f"These people are not members of this project: {', '.join(missing)}."
    return errors


def _save(rule: AlertRule, chosen: RuleValues) -> None:
    for name in _COLUMNS:
        value = getattr(chosen, name)
        setattr(rule, name, list(value) if isinstance(value, tuple) else value)
    rule.watches_volume = bool(_OF_VOLUME & set(chosen.triggers))
    rule.updated_at = clock.now()
    rule.save()
    rule.channels.set(chosen.channels)
    rule.people.set(chosen.people)


def _drop_waiting(rule: AlertRule, reason: str) -> None:
    """Drop the messages of `rule` that nobody has begun to send, and that no other rule asked for as well."""
    waiting = AlertDelivery.objects.select_for_update().filter(
        rule=rule,
        status__in=[AlertDelivery.Status.WAITING, AlertDelivery.Status.COLLECTING],
        leased_until=None,
    )
    own = [key for key, facts in waiting.values_list("pk", "facts") if not facts.get("rules")]
    for start in range(0, len(own), 500):
        AlertDelivery.objects.filter(pk__in=own[start : start + 500]).update(
            status=AlertDelivery.Status.DROPPED, reason=reason, finished_at=clock.now()
        )


def _frozen(value: Any) -> Any:
    """Lists as tuples, also those in them."""
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _name_error(name: str) -> str:
    if len(name) > NAME_LENGTH or not name.isprintable() or not has_text(name):
        return f"The name must have 1 to {NAME_LENGTH} printable characters."
    return ""


def _unknown(given: Iterable[str], known: Iterable[str]) -> str:
    allowed = list(known)
    if all(each in allowed for each in given):
        return ""
    return f"Choose from: {', '.join(allowed)}."


def _out_of(number: int, least: int, most: int) -> str:
    return "" if least <= number <= most else f"Enter a whole number from {least} to {most:,}."


def _too_many(entries: tuple[Any, ...], most: int) -> str:
    return f"Choose at most {most}." if len(entries) > most else ""


def _texts_error(texts: Iterable[str], longest: int) -> str:
    given = list(texts)
    if len(given) > MOST_ENTRIES:
        return f"Enter at most {MOST_ENTRIES}."
    if any(len(text) > longest for text in given):
        return f"Enter at most {longest} characters each."
    if not all(_is_storable(text) for text in given):
        return "This text has characters that cannot be stored."
    return ""


def _tags_error(tags: tuple[tuple[str, str], ...]) -> str:
    if len(tags) > MOST_ENTRIES:
        return f"Enter at most {MOST_ENTRIES}."
    if not all(key and value for key, value in tags):
        return "A tag needs a name and a value; * stands for any text."
    return _texts_error([key for key, _ in tags], TEXT_LENGTH) or _texts_error(
        [value for _, value in tags], TEXT_LENGTH
    )


def _is_storable(text: str) -> bool:
    """Whether both databases store the text: without NUL and lone surrogates."""
    return not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text)
