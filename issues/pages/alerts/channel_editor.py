"""The pages that create, change, test, resume and delete a channel, of a project or of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability, SignedInRequest, installation, member
from accounts.models import Project
from accounts.navigation import Section
from issues.alerts import stored_channels
from issues.alerts.channel import Kind
from issues.alerts.channels.registry import KINDS
from issues.alerts.stored_channels.masking import UNREADABLE
from issues.models import AlertChannel
from issues.pages.alerts import words
from issues.pages.alerts.channel_form import ChannelForm
from issues.pages.alerts.channels import allow_installation_admin, page_of, row_of
from issues.pages.alerts.words import kind_label
from issues.render.values import line, string
from rustrak.lib.problems import TooMany, Unavailable

# Views of a project are for its admins, the others for admins of the installation: all else is the same.


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def alert_channel_new(request: SignedInRequest, project: Project, kind: str = "") -> HttpResponse:
    """The kinds of channels, or with `kind` the form of a new one."""
    return _new(request, project, kind)


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def alert_channel(request: SignedInRequest, project: Project, channel_id: int) -> HttpResponse:
    """A channel's state and its form."""
    return _edit(request, project, get_object_or_404(project.alert_channels, pk=channel_id))


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_channel_test(request: SignedInRequest, project: Project, channel_id: int) -> HttpResponse:
    """Send a test message and show what the other side answered."""
    return _test(request, project, get_object_or_404(project.alert_channels, pk=channel_id))


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE)
@require_POST
def alert_channel_resume(request: SignedInRequest, project: Project, channel_id: int) -> HttpResponse:
    """Send to a paused channel again."""
    return _resume(request, project, get_object_or_404(project.alert_channels, pk=channel_id))


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_channel_delete(request: SignedInRequest, project: Project, channel_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes the channel."""
    return _delete(request, project, get_object_or_404(project.alert_channels, pk=channel_id))


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def shared_channel_new(request: SignedInRequest, kind: str = "") -> HttpResponse:
    """The same for a channel that all projects share."""
    allow_installation_admin(request)
    return _new(request, None, kind)


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def shared_channel(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """The same for a channel that all projects share."""
    return _edit(request, None, _shared(request, channel_id))


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def shared_channel_test(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """The same for a channel that all projects share."""
    return _test(request, None, _shared(request, channel_id))


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_POST
def shared_channel_resume(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """The same for a channel that all projects share."""
    return _resume(request, None, _shared(request, channel_id))


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def shared_channel_delete(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """The same for a channel that all projects share."""
    return _delete(request, None, _shared(request, channel_id))


def _shared(request: SignedInRequest, channel_id: int) -> AlertChannel:
    allow_installation_admin(request)
    return get_object_or_404(AlertChannel, pk=channel_id, project=None)


def _new(request: SignedInRequest, project: Project | None, name: str) -> HttpResponse:
    if not name:
        kinds = [(kind, new_of(project, kind.name)) for kind in KINDS.values()]
        return render(request, "issues/alerts/channel_kinds.html", {**_frame(project), "kinds": kinds})
    kind = _kind(name)
    form = ChannelForm(kind, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            channel = stored_channels.create(
                kind=name,
                name=form.cleaned_data["name"],
                values=form.values(),
                project=project,
                by=request.user,
            )
        except stored_channels.Invalid as invalid:
            form.refuse(invalid.errors)
        else:
            messages.success(request, f"{line(channel.name)} is saved. Send a test to see whether it works.")
            return redirect(page_of(channel, project))
    context = {**_frame(project), **_mail(name), "kind": kind, "form": form}
    return render(request, "issues/alerts/channel.html", context)


def _edit(request: SignedInRequest, project: Project | None, channel: AlertChannel) -> HttpResponse:
    kind = KINDS.get(channel.kind)
    form = _form(channel, kind, request.POST if request.method == "POST" else None) if kind else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            channel = stored_channels.change(
                channel,
                name=form.cleaned_data["name"],
                values=form.values(),
                is_enabled=form.cleaned_data["is_enabled"],
            )
        except stored_channels.Invalid as invalid:
            form.refuse(invalid.errors)
        else:
            messages.success(request, f"{line(channel.name)} is saved.")
            return redirect(page_of(channel, project))
    return _page(request, project, channel, form)


def _test(request: SignedInRequest, project: Project | None, channel: AlertChannel) -> HttpResponse:
    """The result is shown in this answer only: who opens its address again sees the channel."""
    if request.method != "POST":
        return redirect(page_of(channel, project))
    status = 200
    try:
        found = stored_channels.test(channel, request.user)
        result = {"success": found.success, "message": string(found.message)}
    except (TooMany, Unavailable) as busy:
        status, result = busy.status, {"success": False, "message": busy.message}
    kind = KINDS.get(channel.kind)
    form = _form(channel, kind, None) if kind else None
    return _page(request, project, channel, form, test=result, status=status)


def _resume(request: SignedInRequest, project: Project | None, channel: AlertChannel) -> HttpResponse:
    stored_channels.resume(channel)
    messages.success(request, f"{line(channel.name)} is resumed: what waits for it is sent now.")
    return redirect(page_of(channel, project))


def _delete(request: SignedInRequest, project: Project | None, channel: AlertChannel) -> HttpResponse:
    name = line(channel.name)
    back = reverse("alert_channels", args=[project.slug]) if project else reverse("shared_channels")
    if request.method == "POST":
        stored_channels.delete(channel)
        messages.success(request, f"{name} is deleted.")
        return redirect(back)
    context = {
        **_frame(project),
        "name": name,
        "rules": _rules(channel),
        "cancel": page_of(channel, project),
    }
    return render(request, "issues/alerts/channel_delete.html", context)


def _page(
    request: SignedInRequest,
    project: Project | None,
    channel: AlertChannel,
    form: ChannelForm | None,
    test: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_frame(project),
        **_mail(channel.kind),
        "channel": channel,
        "row": row_of(channel, _rules(channel), owns=True, url=page_of(channel, project)),
        "kind": KINDS.get(channel.kind),
        "kind_label": kind_label(channel.kind),
        "form": form,
        "test": test,
        "is_unreadable": UNREADABLE in stored_channels.shown(channel).values(),
        "urls": {
            name: reverse(f"{'alert' if project else 'shared'}_channel_{name}", args=_args(project, channel))
            for name in ("test", "resume", "delete")
        },
    }
    return render(request, "issues/alerts/channel.html", context, status=status)


def _mail(kind: str) -> dict[str, bool]:
    """What _mail_notice.html needs."""
    return {"mail_is_set_up": settings.MAIL_IS_SET_UP, "sends_mail": kind == words.EMAIL}


def _form(channel: AlertChannel, kind: Kind, data: Any) -> ChannelForm:
    shown = stored_channels.shown(channel)
    secrets = {field.name: shown.get(field.name, "") for field in kind.fields if field.secret}
    plain = {name: value for name, value in shown.items() if name not in secrets}
    return ChannelForm(
        kind,
        data,
        initial={**plain, "name": channel.name, "is_enabled": channel.is_enabled},
        stored_secrets=secrets,
        exists=True,
    )


def _rules(channel: AlertChannel) -> list[str]:
    """The rules that use the channel; of one that projects share with the names of the projects."""
    rules = channel.rules.select_related("project").order_by("project__name_folded", "pk")[:1000]
    if channel.project_id:
        return [rule.name for rule in rules]
    return [f"{rule.project.name}: {rule.name}" for rule in rules]


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _args(project: Project | None, channel: AlertChannel) -> list[object]:
    return [project.slug, channel.pk] if project else [channel.pk]


def new_of(project: Project | None, kind: str) -> str:
    """The address of the form of a new channel of this kind."""
    if project:
        return reverse("alert_channel_new", args=[project.slug, kind])
    return reverse("shared_channel_new", args=[kind])


def _frame(project: Project | None) -> dict[str, Any]:
    """What every page here needs: `project` only when it is one of a project, so that its tabs are shown."""
    back = reverse("alert_channels", args=[project.slug]) if project else reverse("shared_channels")
    return {"back": back, **({"project": project} if project else {})}
