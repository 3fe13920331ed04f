"""The pages of a project's keys: its members see them, its admins change them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import keys
from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project, ProjectKey
from accounts.navigation import Section

# The usual grace: apps are deployed anew within it.
_USUAL_GRACE = 24 * 7
_NEVER = "never"


def _own_limit(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=keys.MOST_PER_WINDOW,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "no limit of its own"}),
    )


class KeyForm(forms.Form):
    """The name of a key, and its own limits."""

    name = forms.CharField(
        label="Name",
        max_length=keys.NAME_LENGTH,
        help_text="What sends with it, such as a platform, an app or a customer.",
    )
    max_events_per_minute = _own_limit(
        "Events per minute", "Error events accepted with this key per clock minute."
    )
    max_events_per_hour = _own_limit(
        "Events per hour", "The same per clock hour (UTC). The project’s limits apply besides."
    )

    @classmethod
    def of(cls, key: ProjectKey) -> KeyForm:
        return cls(initial={name: getattr(key, name) for name in cls.base_fields})

    def limits(self) -> keys.Limits:
        """Of a valid form."""
        data = self.cleaned_data
        return keys.Limits(data["max_events_per_minute"], data["max_events_per_hour"])


class RotationForm(forms.Form):
    """How long a key that is replaced stays valid."""

    grace = forms.ChoiceField(
        label="How long the former key stays valid",
        choices=[(_NEVER if hours is None else str(hours), words) for hours, words in keys.GRACES.items()],
        initial=str(_USUAL_GRACE),
        widget=forms.RadioSelect,
    )

    def duration(self) -> timedelta | None:
        """Of a valid form; None: until the key is disabled."""
        grace = self.cleaned_data["grace"]
        return None if grace == _NEVER else timedelta(hours=int(grace))


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETUP)
@require_http_methods(["GET", "HEAD", "POST"])
def project_keys(request: SignedInRequest, project: Project) -> HttpResponse:
    """All keys, and a form to make another one."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            key = keys.create(project, form.cleaned_data["name"], form.limits())
        except keys.BadKey as bad:
            form.add_error("name", str(bad))
        else:
            messages.success(request, "The key works within two seconds.")
            return redirect("project_key", slug=project.slug, key_id=key.pk)
    return render(
        request,
        "projects/keys/list.html",
        {
            "project": project,
            "form": form,
            "keys": keys.listed(project),
            "editable": may(request.user, Capability.PROJECT_ADMIN, project),
        },
    )


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETUP)
@require_http_methods(["GET", "HEAD", "POST"])
def project_key(request: SignedInRequest, project: Project, key_id: int) -> HttpResponse:
    """One key with its DSN; a POST renames or limits it."""
    key = _key(project, key_id)
    form = KeyForm(request.POST) if request.method == "POST" else KeyForm.of(key)
    if request.method == "POST" and form.is_valid():
        try:
            keys.change(key, name=form.cleaned_data["name"], limits=form.limits())
        except keys.BadKey as bad:
            form.add_error("name", str(bad))
        else:
            messages.success(request, "Saved. Limits take effect within two seconds.")
            return redirect("project_key", slug=project.slug, key_id=key.pk)
    context: dict[str, Any] = {"project": project, "key": key, "form": form}
    context["editable"] = may(request.user, Capability.PROJECT_ADMIN, project)
    return render(request, "projects/keys/key.html", context)


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN)
@require_POST
def enable_key(request: SignedInRequest, project: Project, key_id: int) -> HttpResponse:
    """Enable a key, or disable it: `action` is `enable` or `disable`."""
    key = _key(project, key_id)
    enable = request.POST.get("action") == "enable"
    keys.change(key, is_enabled=enable)
    done = "works" if enable else "is rejected"
    messages.success(request, f"What is sent with {key.name} {done} within two seconds.")
    return redirect("project_key", slug=project.slug, key_id=key.pk)


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.SETUP)
@require_http_methods(["GET", "HEAD", "POST"])
def rotate_key(request: SignedInRequest, project: Project, key_id: int) -> HttpResponse:
    """Ask how long the former key stays valid; a POST makes the new one."""
    key = _key(project, key_id)
    form = RotationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            new = keys.rotate(key, form.duration())
        except keys.BadKey as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(
                request, "This is the new key. Use it in every app that sends with the former one."
            )
            return redirect("project_key", slug=project.slug, key_id=new.pk)
    return render(request, "projects/keys/rotate.html", {"project": project, "key": key, "form": form})


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.SETUP)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_key(request: SignedInRequest, project: Project, key_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes the key."""
    key = _key(project, key_id)
    if request.method == "POST":
        try:
            keys.delete(key)
        except keys.LastKey as last:
            messages.error(request, str(last))
            return redirect("project_key", slug=project.slug, key_id=key.pk)
        messages.success(request, f"{key.name} is deleted.")
        return redirect("project_keys", slug=project.slug)
    return render(request, "projects/keys/delete.html", {"project": project, "key": key})


def _key(project: Project, key_id: int) -> ProjectKey:
    key = get_object_or_404(project.keys, pk=key_id)
    key.project = project
    return key
