"""/api/alert-channels"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, may, visible_project, where_may
from accounts.credentials import needs
from accounts.models import User
from issues.alerts import stored_channels
from issues.alerts.channel import Kind
from issues.alerts.channels.registry import KINDS
from issues.api.projects import Name, allowed_project
from issues.models import AlertChannel
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, WholeNumber, example

router = Router(tags=["alerts"], auth=needs(Capability.ALERTS_READ, Capability.ALERTS_WRITE))

ProjectId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Options = Annotated[dict[Text, Text | None], Field(max_length=50)]
# What a change may repeat, but not change.
_FIXED = ("kind", "project_id")


class ChannelQuery(Paging):
    """`project_id`: those that the rules of this project can name."""

    project_id: WholeNumber | None = None


class ChannelIn(Input):
    """A channel of a project, or without `project_id` one that all projects may use. `options` are the fields of its kind."""

    model_config = example(
        {"name": "Phones", "kind": "ntfy", "project_id": 1, "options": {"topic": "a-long-secret"}}
    )

    name: Name
    kind: Text
    project_id: ProjectId | None = None
    options: Options = {}
    is_enabled: bool = True


class ChannelPatch(Input):
    """What is left out does not change, also in `options`. A secret that is as it was answered does not change, either;
    null removes a value. `kind` and `project_id` may be repeated, but can't change."""

    model_config = example({"name": "Phones of the team"})

    name: Name = ""
    kind: Text = ""
    project_id: ProjectId | None = None
    options: Options = {}
    is_enabled: bool = True


class ChannelOut(Output):
    """A channel. Whoever may use it, but not change it, gets null from `is_enabled` on.

    Secret values in `options` are masked; `has_secret` says which of them are set. `paused_at`: it failed for so long
    that nothing is sent until somebody resumes it.
    """

    id: int
    name: str
    kind: str
    project_id: int | None
    can_change: bool
    is_enabled: bool | None = None
    options: dict[str, str] | None = None
    has_secret: dict[str, bool] | None = None
    paused_at: Moment | None = None
    failing_since: Moment | None = None
    failures_in_a_row: int | None = None
    last_error: str | None = None
    last_sent_at: Moment | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


class FieldOut(Output):
    """A field of `options`. Of the type `choice` it has one of `choices`, which maps values to what they are called; of the
    type `lines` it is a text of several lines."""

    name: str
    label: str
    help: str
    type: Literal["text", "url", "choice", "lines", "email"]
    is_secret: bool
    is_required: bool
    max_length: int
    choices: dict[str, str]


class ChannelKindOut(Output):
    """A kind of channel. `has_threads`: later news of an issue stay together with its first message."""

    name: str
    label: str
    about: str
    has_threads: bool
    fields: list[FieldOut]


class KindsOut(Output):
    items: list[ChannelKindOut]


class TestOut(Output):
    """Whether the other side took the message, and what it answered."""

    success: bool
    message: str


_version = Versioned(
    "can_change", "paused_at", "failing_since", "failures_in_a_row", "last_error", "last_sent_at"
)


@router.get("/api/alert-channels", response=Listing[ChannelOut])
def list_alert_channels(request: SignedInRequest, query: Query[ChannelQuery]) -> Listing[ChannelOut]:
    """List the channels of your projects and those of the installation, oldest first."""
    if query.project_id is None:
        channels = stored_channels.visible_to(request.user)
    else:
        channels = stored_channels.usable_in(visible_project(request.user, query.project_id))
    page = keyset.page(channels, ["id"], descending=False, cursor=query.cursor, limit=query.limit)
    can_change = _changeable_by(request.user)
    return Listing[ChannelOut].of(page, lambda channel: _channel_out(channel, can_change(channel)))


@router.post("/api/alert-channels", response={201: ChannelOut})
def create_alert_channel(request: SignedInRequest, body: ChannelIn) -> Status[ChannelOut]:
    """Create a channel. Admins of a project may do this for it, and the installation's admins for all projects."""
    project = None
    if body.project_id is not None:
        project = allowed_project(request.user, body.project_id, Capability.ALERTS_WRITE)
    elif not may(request.user, Capability.ORG_WRITE):
        raise PermissionDenied(
            "Only an admin of the installation may create a channel for all projects. Name a project in project_id."
        )
    with _errors_as_json():
        channel = stored_channels.create(
            kind=body.kind,
            name=body.name,
            values=body.options,
            project=project,
            by=request.user,
            is_enabled=body.is_enabled,
        )
    return Status(201, _channel_out(channel, can_change=True))


@router.get("/api/alert-channels/kinds", response=KindsOut)
def list_alert_channel_kinds(request: SignedInRequest) -> KindsOut:
    """List the kinds of channels with their fields, so that a client can build forms."""
    return KindsOut(items=[_kind_out(kind) for kind in KINDS.values()])


@router.get("/api/alert-channels/{int:channel_id}", response=ChannelOut)
@_version.shown
def get_alert_channel(request: SignedInRequest, channel_id: int) -> ChannelOut:
    """Return one channel."""
    channel = _one(request.user, channel_id)
    return _channel_out(channel, stored_channels.may_change(request.user, channel))


@router.patch("/api/alert-channels/{int:channel_id}", response=ChannelOut)
@_version.guarded(get_alert_channel)
def change_alert_channel(request: SignedInRequest, channel_id: int, body: ChannelPatch) -> ChannelOut:
    """Change a channel. New values resume it if it was paused."""
    channel = _changeable(request.user, channel_id)
    given = body.model_fields_set
    for name in _FIXED:
        if name in given and getattr(body, name) != getattr(channel, name):
            raise problems.BadInput(f"{name}: can't change; create another channel instead")
    with _errors_as_json(channel):
        channel = stored_channels.change(
            channel,
            name=body.name if "name" in given else None,
            values=body.options if "options" in given else None,
            is_enabled=body.is_enabled if "is_enabled" in given else None,
        )
    return _channel_out(channel, can_change=True)


@router.delete("/api/alert-channels/{int:channel_id}", response={204: None})
@_version.guarded(get_alert_channel)
def delete_alert_channel(request: SignedInRequest, channel_id: int) -> Status[None]:
    """Delete a channel with its history. Rules that use it keep their other recipients."""
    stored_channels.delete(_changeable(request.user, channel_id))
    return Status(204, None)


@router.post("/api/alert-channels/{int:channel_id}/test", response=TestOut)
def test_alert_channel(request: SignedInRequest, channel_id: int) -> TestOut:
    """Send a test message now, and return what the other side answered. That it refused is an answer like others."""
    result = stored_channels.test(_changeable(request.user, channel_id), request.user)
    return TestOut(success=result.success, message=result.message)


@router.post("/api/alert-channels/{int:channel_id}/resume", response=ChannelOut)
def resume_alert_channel(request: SignedInRequest, channel_id: int) -> ChannelOut:
    """Send again through a channel that is paused because it failed."""
    stored_channels.resume(_changeable(request.user, channel_id))
    return _channel_out(_one(request.user, channel_id), can_change=True)


def _one(user: User, channel_id: int) -> AlertChannel:
    """Raises NotFound."""
    found = stored_channels.visible_to(user).select_related("project").filter(pk=channel_id).first()
    if found is None:
        raise problems.NotFound("There is no such channel.")
    return found


def _changeable(user: User, channel_id: int) -> AlertChannel:
    """Raises NotFound and PermissionDenied."""
    channel = _one(user, channel_id)
    if not stored_channels.may_change(user, channel):
        whose = "this project" if channel.project_id else "the installation"
        raise PermissionDenied(f"Only an admin of {whose} may do this.")
    return channel


def _changeable_by(user: User) -> Callable[[AlertChannel], bool]:
    """stored_channels.may_change for many channels, with one query."""
    shared = may(user, Capability.ORG_WRITE)
    projects = set(where_may(user, Capability.ALERTS_WRITE).values_list("pk", flat=True))
    return lambda channel: channel.project_id in projects if channel.project_id else shared


def _channel_out(channel: AlertChannel, can_change: bool) -> ChannelOut:
    known: dict[str, Any] = {
        "id": channel.pk,
        "name": channel.name,
        "kind": channel.kind,
        "project_id": channel.project_id,
        "can_change": can_change,
    }
    if can_change:
        shown = stored_channels.shown(channel)
        fields = KINDS[channel.kind].fields if channel.kind in KINDS else ()
        known |= {
            "is_enabled": channel.is_enabled,
            "options": shown,
            "has_secret": {field.name: bool(shown.get(field.name)) for field in fields if field.secret},
            "paused_at": channel.paused_at,
            "failing_since": channel.failing_since,
            "failures_in_a_row": channel.failures_in_a_row,
            "last_error": channel.last_error,
            "last_sent_at": channel.last_sent_at,
            "created_at": channel.created_at,
            "updated_at": channel.updated_at,
        }
    return ChannelOut.model_validate(known)


def _kind_out(kind: Kind) -> ChannelKindOut:
    fields = [
        FieldOut(
            name=field.name,
            label=field.label,
            help=field.help,
            type=field.type,
            is_secret=field.secret,
            is_required=field.required,
            max_length=field.max_length,
            choices=dict(field.choices),
        )
        for field in kind.fields
    ]
    return ChannelKindOut(
        name=kind.name, label=kind.label, about=kind.about, has_threads=kind.threads, fields=fields
    )


@contextmanager
def _errors_as_json(channel: AlertChannel | None = None) -> Iterator[None]:
    """Turn the errors of issues.alerts.stored_channels into the API's, under the names that fields have here."""
    try:
        yield
    except stored_channels.Invalid as invalid:
        if channel is not None and not AlertChannel.objects.filter(pk=channel.pk).exists():
            raise problems.NotFound("There is no such channel.") from None
        sentences = (
            f"{name}: {text}" if name in {"name", "kind"} else f"options.{name}: {text}"
            for name, text in invalid.errors.items()
        )
        raise problems.BadInput("; ".join(sentences)) from None
