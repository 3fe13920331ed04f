"""The pages on which people say what is removed from events before they are stored. They show what rules do before they save them."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, installation, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import PrivacyRules
from issues.privacy import own, stored
from issues.privacy.addresses import Addresses
from issues.privacy.policy import rules_of
from issues.trials import newest, privacy, turn
from rustrak.lib.http.view_limits import body_of_at_most

# Three texts of own.MAX_LINES, percent-encoded.
FORM_BYTES = 512 * 1024
_YES, _NO, _AS_INSTALLATION = "yes", "no", ""
_CHOICES = {True: _YES, False: _NO, None: _AS_INSTALLATION}


class PrivacyForm(forms.Form):
    """The rules of a project or of the installation."""

    default_rules = forms.ChoiceField(
        label="Secrets that Rustrak knows",
        required=False,
        widget=forms.RadioSelect,
        help_text="Passwords, tokens, cookies, numbers of payment cards, IBANs, private keys and more, by their names and by their form.",
    )
    removed_names = forms.CharField(
        label="Remove values called",
        required=False,
        widget=forms.Textarea,
        help_text="One name per line, wherever such a value stands. <code>*</code> matches any text, <code>?</code> one character; case "
        "does not matter. Examples: <code>customer_name</code>, <code>*birth*</code>",
    )
    kept_names = forms.CharField(
        label="Keep values called",
        required=False,
        widget=forms.Textarea,
        help_text="One name per line, as above: kept although the rules here would remove it. Example: <code>session_count</code>",
    )
    patterns = forms.CharField(
        label="Remove texts",
        required=False,
        widget=forms.Textarea,
        help_text="One pattern per line, in the syntax of RE2. What it matches is removed from every text. Example: "
        "<code>ORD-[0-9]{6}</code>",
    )
    addresses = forms.ChoiceField(
        label="IP addresses",
        choices=PrivacyRules.Addresses.choices,
        widget=forms.RadioSelect,
        help_text="Of users and of those who send. Only the network is <code>192.0.2.0</code> for <code>192.0.2.60</code>.",
    )

    def __init__(self, row: PrivacyRules, data: Any = None) -> None:
        given = {name: getattr(row, name) for name in (*stored.TEXTS, "addresses")}
        decided = row.default_rules if row.project_id or row.default_rules is not None else True
        super().__init__(data, initial={**given, "default_rules": _CHOICES[decided]})
        choices = [(_YES, "Remove them"), (_NO, "Keep them")]
        if row.project_id is not None:
            choices.insert(0, (_AS_INSTALLATION, "As the installation says"))
        self.fields["default_rules"].choices = choices  # type: ignore[attr-defined]
        self.fields["default_rules"].required = row.project_id is None
        for name in stored.TEXTS:
            self.fields[name].strip = False  # type: ignore[attr-defined]  # lines keep their numbers
            self.fields[name].widget.attrs = {"rows": 4, "spellcheck": "false", "autocapitalize": "none"}

    @property
    def given(self) -> stored.Given:
        """What was sent, once it is valid."""
        values = self.cleaned_data
        return stored.Given(
            {_YES: True, _NO: False}.get(values["default_rules"]),
            values["removed_names"],
            values["kept_names"],
            values["patterns"],
            Addresses(values["addresses"]),
        )


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@body_of_at_most(FORM_BYTES)
def project_privacy(request: SignedInRequest, project: Project) -> HttpResponse:
    """What is removed from the events of a project; its admins can change it."""
    editable = may(request.user, Capability.PROJECT_ADMIN, project)
    return _page(request, project, editable, reverse("project_privacy", kwargs={"slug": project.slug}))


@installation(reads=Capability.ORG_READ, changes=Capability.ORG_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@body_of_at_most(FORM_BYTES)
def installation_privacy(request: SignedInRequest) -> HttpResponse:
    """What is removed from the events of all projects; admins of the installation can change it."""
    return _page(request, None, may(request.user, Capability.ORG_WRITE), reverse("installation_privacy"))


def _page(request: SignedInRequest, project: Project | None, editable: bool, here: str) -> HttpResponse:
    row = stored.row_of(project)
    form = PrivacyForm(row, request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {"seen": row.version}
    if request.method == "POST" and form.is_valid():
        seen = _number(request.POST.get("version", ""))
        shown["seen"] = seen
        fingerprint = _fingerprint(form.given, seen)
        saves, previewed = request.POST.get("action") == "save", request.POST.get("previewed", "")
        try:
            if saves and previewed == fingerprint:
                stored.save(project, form.given, seen=seen)
                messages.success(request, "Saved. The rules count for events that arrive from now on.")
                return redirect(here)
            shown["trial"] = privacy.of_change(project, form.given)
            shown["previewed"] = fingerprint
            shown["changed_since"] = saves and bool(previewed)
        except stored.Invalid as invalid:
            for name, problems in invalid.problems.items():
                form.add_error(name, list(problems))
        except stored.Changed as changed:
            form.add_error(None, f"{changed} They are shown below; yours are still in the form.")
            shown |= {"conflict": stored.row_of(project), "seen": changed.version}
        except turn.Busy as busy:
            messages.warning(request, str(busy))
    for field in form.fields.values():
        field.disabled = not editable
    of_installation = stored.row_of(None) if project else None
    context = {
        "project": project,
        "form": form,
        "row": row,
        "editable": editable,
        "here": here,
        "of_installation": of_installation and rules_of(of_installation),
        "most_lines": own.MAX_LINES,
        "looked_at": newest.MOST,
        **shown,
    }
    return render(request, "issues/privacy/editor.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _fingerprint(given: stored.Given, seen: int) -> str:
    """Of what a trial was made for: rules are saved as they were tried."""
    return hashlib.sha256(f"{seen}\n{given!r}".encode()).hexdigest()[:32]
