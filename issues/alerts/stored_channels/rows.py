"""The only write path for channels, but for what issues.alerts.delivery notes about failures."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.access import Capability, may
from accounts.models import Project, User
from issues.alerts.channel import Config, Field, Kind
from issues.alerts.channels.registry import KINDS
from issues.alerts.stored_channels import fields
from issues.alerts.stored_channels.fields import Invalid
from issues.alerts.stored_channels.masking import UNREADABLE, masked
from issues.lock import lock_project
from issues.models import AlertChannel
from rustrak.lib import clock
from rustrak.lib.sealed import Unreadable, seal, unseal

#: Of one project, and of the installation.
MOST_CHANNELS = 100


# A change is tried so often while others change the same channel.
_TRIES = 5


def create(
    *, kind: str, name: object, values: Mapping[str, object], project: Project | None, by: User | None,
    is_enabled: bool = True,
) -> AlertChannel:  # fmt: skip
    """A new channel of a project, or of the installation without one. Raises Invalid."""
    known = _kind(kind)
    errors: dict[str, str] = {}
    checked = _name(name, errors)
    options, secrets = _read(known, values, {}, {}, errors)
    with transaction.atomic():
        if project is not None:
            lock_project(project.pk)
        if AlertChannel.objects.filter(project=project).count() >= MOST_CHANNELS:
            whose = "A project" if project else "The installation"
            raise Invalid({"name": f"{whose} has at most {MOST_CHANNELS} channels: delete one first"})
        channel = AlertChannel.objects.create(
            name=checked, kind=kind, project=project, options=options, secrets=seal(secrets), created_by=by,
            is_enabled=is_enabled,
        )  # fmt: skip
        audit.record(
            audit.Action.CHANNEL_CREATE, channel, name=checked, project=project, details={"kind": kind}
        )
        return channel


def change(
    channel: AlertChannel,
    *,
    name: object | None = None,
    values: Mapping[str, object] | None = None,
    is_enabled: bool | None = None,
) -> AlertChannel:
    """Change what is given and keep the rest (fields.read says which values keep a secret). Raises Invalid.

    Whoever changes the values means to mend the channel: it is no longer paused.
    """
    for _ in range(_TRIES):
        seen = AlertChannel.objects.filter(pk=channel.pk).first()
        if seen is None:
            raise Invalid({"name": "The channel has been deleted."})
        # Outside of the transaction: a kind may start a process, and meanwhile nobody could write to SQLite.
        new = _changes(seen, name, values, is_enabled)
        with transaction.atomic():
            # Two people may change different fields at the same time.
            stored = AlertChannel.objects.select_for_update().filter(pk=channel.pk).first()
            if stored is not None and _config(stored) == _config(seen):
                AlertChannel.objects.filter(pk=channel.pk).update(**new, updated_at=clock.now())
                # Neither what the options were nor what they are: addresses of chats are as good as secrets.
                changed = {"changed": sorted(set(new) & {"name", "is_enabled", "options"})}
                audit.record(
                    audit.Action.CHANNEL_CHANGE,
                    stored,
                    name=stored.name,
                    project=stored.project,
                    details=changed,
                )
                channel.refresh_from_db()
                return channel
    raise Invalid({"name": "Others change this channel at the moment. Try again."})


def _config(channel: AlertChannel) -> tuple[dict[str, str], bytes]:
    return channel.options, bytes(channel.secrets)


def _changes(
    seen: AlertChannel, name: object | None, values: Mapping[str, object] | None, is_enabled: bool | None
) -> dict[str, object]:
    """The columns that change, with their new values. Raises Invalid."""
    errors: dict[str, str] = {}
    new: dict[str, object] = {}
    if name is not None:
        new["name"] = _name(name, errors)
    if is_enabled is not None:
        new["is_enabled"] = is_enabled
    if values is not None:
        try:
            known: dict[str, str] | None = unseal(seen.secrets)
        except Unreadable:
            known = None
        options, secrets = _read(_kind(seen.kind), values, known, seen.options, errors)
        if known is None or (options, secrets) != (seen.options, known):
            new |= {"options": options, "secrets": seal(secrets), **_RESUMED}
    elif errors:
        raise Invalid(errors)
    return new


_RESUMED: Mapping[str, object] = {
    "paused_at": None,
    "failing_since": None,
    "failures_in_a_row": 0,
    "not_before": None,
    "last_error": "",
}


def resume(channel: AlertChannel) -> None:
    """Send again through a channel that was paused, or waits because it failed."""
    AlertChannel.objects.filter(pk=channel.pk).update(**_RESUMED)
    channel.refresh_from_db()


def delete(channel: AlertChannel) -> None:
    """Delete a channel with its messages and their history. Rules that use it keep their other recipients."""
    with transaction.atomic():
        if AlertChannel.objects.filter(pk=channel.pk).delete()[0]:
            audit.record(audit.Action.CHANNEL_DELETE, name=channel.name, project=channel.project)


def config(channel: AlertChannel) -> Config:
    """The values of the channel's fields, secrets included. Raises rustrak.lib.sealed.Unreadable."""
    return {**_blank(channel), **channel.options, **unseal(channel.secrets)}


def shown(channel: AlertChannel) -> dict[str, str]:
    """The values of the channel's fields for pages and answers: secrets are masked, or said to be unreadable."""
    try:
        secrets = {name: masked(text) for name, text in unseal(channel.secrets).items()}
    except Unreadable:
        secrets = dict.fromkeys((field.name for field in _fields(channel) if field.secret), UNREADABLE)
    return {**_blank(channel), **channel.options, **secrets}


def visible_to(user: User) -> QuerySet[AlertChannel]:
    """The channels that `user` may know of by name and kind: the installation's and those of their projects."""
    return AlertChannel.objects.filter(
        Q(project=None) | Q(project__in=Project.objects.visible_to(user).values("pk"))
    )


def usable_in(project: Project) -> QuerySet[AlertChannel]:
    """The channels that rules of the project may name: its own and the installation's."""
    return AlertChannel.objects.filter(Q(project=None) | Q(project=project))


def may_change(user: User, channel: AlertChannel) -> bool:
    """Whether `user` may change, test and delete the channel, and see where it sends to."""
    if channel.project is None:
        return may(user, Capability.ORG_WRITE)
    return may(user, Capability.ALERTS_WRITE, channel.project)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Invalid({"kind": f"must be one of {', '.join(KINDS)}"})
    return KINDS[name]


def _fields(channel: AlertChannel) -> tuple[Field, ...]:
    return KINDS[channel.kind].fields if channel.kind in KINDS else ()


def _blank(channel: AlertChannel) -> dict[str, str]:
    return dict.fromkeys((field.name for field in _fields(channel)), "")


def _name(name: object, errors: dict[str, str]) -> str:
    try:
        return fields.read_name(name)
    except ValueError as error:
        errors["name"] = str(error)
        return ""


def _read(
    kind: Kind,
    values: Mapping[str, object],
    known: Mapping[str, str] | None,
    options: Mapping[str, str],
    errors: dict[str, str],
) -> tuple[dict[str, str], dict[str, str]]:
    """The options and the secrets; Invalid has all errors, those of the name included."""
    try:
        read = fields.read(kind, values, known, options)
    except Invalid as invalid:
        raise Invalid({**errors, **invalid.errors}) from None
    if errors:
        raise Invalid(errors)
    return read
