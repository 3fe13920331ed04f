"""The form in which people choose when they get mail, and what about."""

from __future__ import annotations

import calendar
from typing import Any, cast

from django import forms

from issues.alerts.people import choices
from issues.models import AlertPreferences
from rustrak.local_times import zones

_TIME = {"type": "time"}


class ChoicesForm(forms.Form):
    """A person's AlertPreferences. issues.alerts.people.choices decides what can be saved."""

    time_zone = forms.ChoiceField(
        label="Time zone", help_text="For quiet hours, summaries and the times in messages."
    )
    quiet_from = forms.TimeField(
        label="Quiet hours from",
        required=False,
        widget=forms.TimeInput(attrs=_TIME, format="%H:%M"),
        help_text="Messages are held back until these hours end. They may cross midnight.",
    )
    quiet_until = forms.TimeField(
        label="Quiet hours until", required=False, widget=forms.TimeInput(attrs=_TIME, format="%H:%M")
    )
    only_assigned = forms.BooleanField(
        label="Only what is assigned to me",
        required=False,
        help_text="No mail about other issues, whatever the rules of a project say. Summaries are not affected.",
    )
    summary = forms.ChoiceField(
        label="Summary by e-mail",
        choices=[("never", "Never"), ("daily", "Daily"), ("weekly", "Weekly")],
        widget=forms.RadioSelect,
        help_text="Which issues are new, which came back and which grew, in all of your projects.",
    )
    summary_hour = forms.TypedChoiceField(
        label="Summary at", coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(24)]
    )
    summary_weekday = forms.TypedChoiceField(
        label="Weekly summary on", coerce=int, choices=list(enumerate(calendar.day_name))
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["time_zone"])
        field.choices = [(name, name.replace("_", " ")) for name in sorted(zones.names())]

    @classmethod
    def of(cls, chose: AlertPreferences) -> ChoicesForm:
        return cls(initial={name: getattr(chose, name) for name in cls.base_fields})

    def reject(self, invalid: choices.Invalid) -> None:
        """Show why the choices cannot be saved."""
        for name, why in invalid.errors.items():
            self.add_error(name, why)
