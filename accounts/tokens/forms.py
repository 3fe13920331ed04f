"""Forms for new API tokens."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from accounts.models import Project, User
from accounts.tokens import issuing
from accounts.tokens.presets import MEANINGS, PRESETS, allowed
from accounts.tokens.text import Form

_FORMS = [
    ("plain", "40 hex digits: for the API, and for clients in which you set the server’s address yourself"),
    (
        "sentry",
        "For upload clients (sntrys_…): contains the address of this server, so that command lines need no other setting",
    ),
]
_LIVES = [("30", "30 days"), ("90", "90 days"), ("365", "365 days"), ("never", "Until you delete it")]
_OWN = "own"


class TokenTextForm(forms.Form):
    """What a new API token is for, its form, and what upload clients call the organization."""

    description = forms.CharField(label="What is it for?", max_length=200, required=False)
    form = forms.ChoiceField(
        label="Kind of token", choices=_FORMS, initial="plain", required=False, widget=forms.RadioSelect
    )
    organization = forms.CharField(
        label="Organization in your build’s settings",
        help_text="For upload clients: if SENTRY_ORG, or org of a plugin, is set where you build, the same here. "
        "Otherwise sentry-cli warns that they differ.",
        max_length=50,
        required=False,
    )

    def clean_form(self) -> Form:
        """Scripts that fill in the description alone get what they always got."""
        return cast("Form", self.cleaned_data["form"] or "plain")


class ProjectTokenForm(TokenTextForm):
    """A new API token for one project, most often for its builds."""

    field_order = ("form", "description", "organization")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form": "sentry"})


class TokenForm(TokenTextForm):
    """A new API token with its limits. What is not sent does not limit it, as with scripts that fill in the description alone."""

    access = forms.ChoiceField(
        label="What may it do?",
        choices=[
            ("everything", "Everything that you may do, now and later"),
            ("read", "Only read"),
            ("uploads", "Only uploads and releases"),
            (_OWN, "Only what is checked here:"),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    capabilities = forms.MultipleChoiceField(
        label="Capabilities", required=False, widget=forms.CheckboxSelectMultiple
    )
    which = forms.ChoiceField(
        label="In which projects?",
        choices=[("all", "All of yours, now and later"), ("some", "Only these:")],
        required=False,
        widget=forms.RadioSelect,
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(), label="Projects", required=False, widget=forms.CheckboxSelectMultiple
    )
    life = forms.ChoiceField(label="Valid for", choices=_LIVES, required=False, widget=forms.RadioSelect)

    def __init__(self, user: User, data: Any = None, *, for_uploads: bool = False) -> None:
        first = (
            {"access": "uploads", "form": "sentry"} if for_uploads else {"access": "read", "form": "plain"}
        )
        super().__init__(data, initial={**first, "which": "all", "life": "90"})
        self._own = issuing.within_reach_of(user)
        cast("forms.MultipleChoiceField", self.fields["capabilities"]).choices = [
            (each.value, MEANINGS[each]) for each in MEANINGS if each in self._own
        ]
        projects = cast("forms.ModelMultipleChoiceField[Project]", self.fields["projects"])
        projects.queryset = Project.objects.visible_to(user).by_name()

    def clean(self) -> dict[str, Any]:
        """Adds `limits`, which issuing.issue takes."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        access, which = cleaned.get("access") or "everything", cleaned.get("which") or "all"
        life = cleaned.get("life") or "never"
        checked = cleaned.get("capabilities", ())
        if access == _OWN and not checked and "capabilities" not in self.errors:
            self.add_error("capabilities", "Check at least one.")
        if which == "some" and not cleaned.get("projects") and "projects" not in self.errors:
            self.add_error("projects", "Check at least one.")
        cleaned["limits"] = {
            "capabilities": checked if access == _OWN else allowed(PRESETS[access], self._own),
            "projects": list(cleaned.get("projects", ())) if which == "some" else None,
            "days": None if life == "never" else int(life),
        }
        return cleaned
