"""What people can do with the keys of a project, and the note of when a key was last used.

The edge notices every change within two seconds. Which key the project's own DSN has: docs/decisions/0055.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import FIRST_KEY, Project, ProjectKey
from rustrak.lib import bulk, clock
from rustrak.lib.database.courtesy import write_if_free
from rustrak.lib.text.visible_text import has_text

NAME_LENGTH = 100
MOST_KEYS = 50
#: The largest limit of a key: what the column holds.
MOST_PER_WINDOW = 2**31 - 1
#: How long a replaced key may stay valid, in hours, with words; None: until somebody disables it.
GRACES: dict[int | None, str] = {
    0: "Not at all: events with it are rejected within two seconds",
    1: "1 hour",
    24: "1 day",
    24 * 7: "7 days",
    24 * 30: "30 days",
    None: "Until it is disabled",
}
# How exact the time of the last use is.
_USE_RECORDED_EVERY = timedelta(minutes=1)


class BadKey(ValueError):
    """The name or the change is not allowed. The message is for people."""


class TooManyKeys(BadKey):
    """The project has MOST_KEYS keys."""


class LastKey(BadKey):
    """A project's only key cannot be deleted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many events may be sent with a key; None: as many as the project may send."""

    per_minute: int | None = None
    per_hour: int | None = None


def listed(project: Project) -> list[ProjectKey]:
    """The keys of `project`, the oldest first."""
    # Reading does not wait for a lock: the row is made the next time.
    write_if_free(lambda: _complete(project))
    return list(project.keys.oldest_first())


def create(project: Project, name: str, limits: Limits | None = None) -> ProjectKey:
    """Make another key. Raises BadKey: TooManyKeys, or for a name that cannot be read."""
    name, limits = _checked_name(name), limits or Limits()
    with transaction.atomic():
        _lock(project)
        _check_number(project)
        key = ProjectKey.objects.create(
            project=project,
            name=name,
            max_events_per_minute=limits.per_minute,
            max_events_per_hour=limits.per_hour,
        )
        _choose_dsn(project)
        audit.record(audit.Action.KEY_CREATE, key, project=project)
    return key


def change(
    key: ProjectKey,
    *,
    name: str | None = None,
    limits: Limits | None = None,
    is_enabled: bool | None = None,
) -> None:
    """Rename, limit, disable or enable a key; what is None stays. A key that is enabled works without end. Raises BadKey."""
    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = _checked_name(name)
    if limits is not None:
        changes |= {"max_events_per_minute": limits.per_minute, "max_events_per_hour": limits.per_hour}
    if is_enabled is not None:
        changes["is_enabled"] = is_enabled
    if is_enabled:
        changes["expires_at"] = None
    if not changes:
        return
    with transaction.atomic():
        _lock(key.project)
        stored = ProjectKey.objects.filter(pk=key.pk)
        before = stored.values(*changes).first() or {}
        stored.update(**changes)
        _choose_dsn(key.project)
        if said := audit.changes(before, changes):
            audit.record(audit.Action.KEY_CHANGE, key, project=key.project, details=said)
    key.refresh_from_db()


def rotate(key: ProjectKey, grace: timedelta | None) -> ProjectKey:
    """Make a new key with the name and the limits of `key`, which stays valid for `grace`; None: until it is disabled.

    If the project's DSN had `key`, it has the new one. Raises BadKey for a key that is not in use, and TooManyKeys.
    """
    now = clock.now()
    with transaction.atomic():
        _lock(key.project)
        stored = ProjectKey.objects.filter(pk=key.pk).first()
        if stored is None or not stored.is_usable or stored.expires_at is not None:
            raise BadKey("Only a key that is in use can be replaced.")
        _check_number(key.project)
        new = ProjectKey.objects.create(
            project=key.project,
            name=stored.name,
            max_events_per_minute=stored.max_events_per_minute,
            max_events_per_hour=stored.max_events_per_hour,
        )
        former = f"{stored.name[: NAME_LENGTH - 11]} (replaced)"
        expires_at = None if grace is None else now + grace
        ProjectKey.objects.filter(pk=key.pk).update(name=former, expires_at=expires_at)
        own = Project.objects.filter(pk=key.project.pk, sentry_key=stored.key)
        own.update(sentry_key=new.key, updated_at=now)
        _choose_dsn(key.project)
        valid = "until it is disabled" if expires_at is None else clock.rfc3339(expires_at)
        audit.record(
            audit.Action.KEY_ROTATE, new, project=key.project, details={"former_key_valid_until": valid}
        )
    key.refresh_from_db()
    return new


def delete(key: ProjectKey) -> None:
    """Delete a key. Raises LastKey for the project's only one."""
    with transaction.atomic():
        _lock(key.project)
        if not key.project.keys.exclude(pk=key.pk).exists():
            raise LastKey("A project has one key at least. Disable this one, or replace it.")
        if ProjectKey.objects.filter(pk=key.pk).delete()[0]:
            audit.record(audit.Action.KEY_DELETE, name=key.name, project=key.project)
        _choose_dsn(key.project)


def note_use(used: Mapping[int, datetime]) -> None:
    """Note when keys were last used, given by their ids; a minute exact. Two statements, or one when there is nothing to write."""
    if not used:
        return
    stored = dict(ProjectKey.objects.filter(pk__in=used).values_list("pk", "last_used_at"))
    later = [
        (pk, used[pk])
        for pk, before in sorted(stored.items())
        if before is None or used[pk] - before >= _USE_RECORDED_EVERY
    ]
    bulk.update(ProjectKey, ["id", "last_used_at"], later, "last_used_at = :last_used_at:")


def _lock(project: Project) -> None:
    """Until the end of the transaction nobody else changes the project's keys; those of a version before have rows then."""
    Project.objects.select_for_update(no_key=True).filter(pk=project.pk).first()
    _complete(project)


def _complete(project: Project) -> None:
    """Make the row of a project's own key if the version before this one, which knows no such rows, made the key."""
    own = Project.objects.filter(pk=project.pk).values_list("sentry_key", flat=True).first()
    if own is not None and not ProjectKey.objects.filter(key=own).exists():
        row = ProjectKey(project=project, name=FIRST_KEY, key=own)
        ProjectKey.objects.bulk_create([row], ignore_conflicts=True)


def _choose_dsn(project: Project) -> None:
    """Have the project's DSN name a key that stays, or else one that still works, if there is one: the oldest."""
    rows = list(project.keys.oldest_first())
    own = Project.objects.values_list("sentry_key", flat=True).get(pk=project.pk)
    staying = [row for row in rows if row.is_usable and row.expires_at is None]
    for choice in (staying, [row for row in rows if row.is_usable], rows):
        if any(row.key == own for row in choice):
            return
        if choice:
            Project.objects.filter(pk=project.pk).update(sentry_key=choice[0].key, updated_at=clock.now())
            return


def _check_number(project: Project) -> None:
    if project.keys.count() >= MOST_KEYS:
        raise TooManyKeys(f"A project has at most {MOST_KEYS} keys. Delete one that nothing uses.")


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > NAME_LENGTH or not name.isprintable() or not has_text(name):
        raise BadKey(f"The name must have 1 to {NAME_LENGTH} printable characters.")
    return name
