"""The form of a rule, in the groups that a rule has: when, for which events, to whom, how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django import forms

from accounts.models import Project
from issues.alerts.rules import stored
from issues.alerts.rules.values import RuleValues
from issues.models import AlertChannel, AlertRule, Level
from issues.pages.alerts import words
from issues.pages.alerts.several import SeveralField, SeveralInput, TagsField, TagsInput
from issues.pages.alerts.words import kind_label
from issues.render.values import line
from rustrak.lib import wording

# The choices of the cooldown, in minutes. A rule that was made with the API may have another.
COOLDOWNS = (0, 5, 15, 30, 60, 240, 720, 1440, 10080)
# The ids of the <datalist> elements of the page.
ENVIRONMENTS, RELEASES, TAG_KEYS, TAG_VALUES = (
    "known-environments",
    "known-releases",
    "known-keys",
    "known-values",
)

_GLOB = "* matches any text. Empty: any."


def _number(label: str, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Enter a whole number from 1 to {wording.number(most)}.",
        ),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class RuleForm(forms.Form):
    """A field for each field of RuleValues but `is_enabled`; issues.alerts.rules.stored says what is wrong with them."""

    name = forms.CharField(
        label="Name",
        max_length=stored.NAME_LENGTH,
        help_text="Shown in messages and in the history.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    triggers = forms.MultipleChoiceField(
        label="What happens",
        required=False,
        choices=[(trigger.value, label) for trigger, (label, _) in words.TRIGGERS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    amount = _number("At least", stored.MOST_AMOUNT)
    unit = forms.ChoiceField(
        label="of", choices=[(AlertRule.Unit.EVENTS, "events"), (AlertRule.Unit.USERS, "affected users")]
    )
    minutes = _number("within minutes", stored.MOST_MINUTES)
    times = _number("times as many events as usual", stored.MOST_TIMES)
    only_errors = forms.BooleanField(
        label="Only fatal and error",
        required=False,
        help_text="Events of lower levels are still stored, but nobody is told about them.",
    )
    levels = forms.MultipleChoiceField(
        label="Levels",
        required=False,
        choices=[(str(label), str(label)) for label in reversed(Level.labels)],
        help_text="None checked: any level.",
        widget=forms.CheckboxSelectMultiple,
    )
    environments = SeveralField(
        label="Environments",
        required=False,
        help_text="Empty: any.",
        widget=SeveralInput("Environment", ENVIRONMENTS),
    )
    releases = SeveralField(
        label="Releases", required=False, help_text=_GLOB, widget=SeveralInput("Release", RELEASES)
    )
    tags = TagsField(label="Tags", required=False, help_text=_GLOB, widget=TagsInput(TAG_KEYS, TAG_VALUES))
    query = forms.CharField(
        label="Search",
        required=False,
        max_length=stored.QUERY_LENGTH,
        help_text="Only issues that this search would find in the issue list.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    channels = forms.TypedMultipleChoiceField(
        label="Channels", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    to_members = forms.BooleanField(label="All members of the project", required=False)
    to_assignee = forms.BooleanField(label="The assignee of the issue", required=False)
    people = forms.TypedMultipleChoiceField(
        label="These people", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    cooldown_minutes = forms.TypedChoiceField(
        label="About the same issue",
        coerce=int,
        help_text="What is suppressed in the meantime is counted. Many new issues at once are sent as one message with a list.",
    )

    def __init__(
        self, *args: Any, channels: Iterable[AlertChannel], people: Iterable[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known_channels = {each.pk: each for each in channels}
        self.known_people = {each.pk: each for each in people}
        self._offer("channels", [(key, _channel_label(each)) for key, each in self.known_channels.items()])
        self._offer("people", [(key, _person_label(each)) for key, each in self.known_people.items()])
        now = self.initial.get("cooldown_minutes", 60)
        self._offer("cooldown_minutes", [(each, _cooldown_label(each)) for each in sorted({*COOLDOWNS, now})])

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = choices

    @classmethod
    def of(cls, project: Project, values: RuleValues, data: Any = None) -> RuleForm:
        """The form of a rule with these values, filled with `data` if it was sent. Two queries."""
        return cls(
            data,
            initial=asdict(values),
            channels=stored.usable_channels(project),
            people=stored.usable_people(project),
        )

    def values(self, *, is_enabled: bool) -> RuleValues:
        """What a valid form says."""
        data: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
        }
        return RuleValues(is_enabled=is_enabled, **data)

    def refuse(self, invalid: stored.Invalid) -> None:
        """Show each error beside its field."""
        for name, problem in invalid.errors.items():
            self.add_error(name if name in self.fields else None, problem)


def _channel_label(channel: AlertChannel) -> str:
    notes = [kind_label(channel.kind)]
    if channel.project_id is None:
        notes.append("shared")
    if not channel.is_enabled:
        notes.append("off")
    elif channel.paused_at is not None:
        notes.append("paused")
    return f"{line(channel.name)} ({', '.join(notes)})"


def _person_label(person: Any) -> str:
    name = line(person.name)
    return f"{person.email} ({name})" if name else str(person.email)


def _cooldown_label(minutes: int) -> str:
    if not minutes:
        return "every time"
    text = words.minutes(minutes)
    return f"at most once {text}" if text.startswith(("a ", "an ")) else f"at most once every {text}"
