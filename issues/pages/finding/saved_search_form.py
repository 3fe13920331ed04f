"""The form that changes a saved search."""

from __future__ import annotations

from django import forms

from issues.saved_searches import Invalid, View

STATUSES = {"open": "Open", "review": "For review", "resolved": "Resolved", "muted": "Muted", "all": "All"}
SORTS = {
    "": "Last seen",
    "first_seen": "First seen",
    "events": "Most events",
    "users": "Most users",
    "trend": "Trend",
    "assignee": "Assignee",
    "last_seen_asc": "Last seen, reversed",
    "first_seen_asc": "First seen, reversed",
    "events_asc": "Fewest events",
    "users_asc": "Fewest users",
    "trend_asc": "Trend, reversed",
    "assignee_desc": "Assignee, reversed",
}


class SavedSearchForm(forms.Form):
    """All that a saved search has; issues.saved_searches judges the values."""

    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    query = forms.CharField(
        max_length=500,
        required=False,
        label="Search text",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    status = forms.ChoiceField(label="Issues", choices=list(STATUSES.items()))
    sort = forms.ChoiceField(label="Sort by", choices=list(SORTS.items()), required=False)
    environment = forms.CharField(max_length=64, required=False, help_text="Empty: all environments.")
    period = forms.CharField(
        max_length=10,
        required=False,
        label="Seen in the last",
        help_text="Such as 24h, 14d or 2w. Empty: any time.",
    )
    is_shared = forms.BooleanField(required=False, label="Share with everyone in this project")

    def view(self, trend: str) -> View:
        """The view that was filled in. The period of the trend is no field here, so that it is given."""
        sent = self.cleaned_data
        return View(sent["status"], sent["query"], sent["sort"], sent["environment"], sent["period"], trend)

    def refuse(self, problem: Invalid) -> None:
        """Show what is wrong beside its field."""
        self.add_error(problem.field if problem.field in self.fields else None, problem.message)
