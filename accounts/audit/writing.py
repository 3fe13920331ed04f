"""Writes the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models, transaction

from accounts.audit.acting import actor
from accounts.audit.actions import Action
from accounts.models import AuditEntry, Project, User

# Of the details of an entry. A text that is longer is cut, and further ones are left out.
MOST_DETAILS, MOST_TEXT, MOST_ITEMS = 20, 200, 20
# Of which only is said that they changed, whatever a caller passes.
_SECRET = frozenset({"password", "secret", "secrets", "digest", "text", "sentry_key", "sign_in_key"})
_CHANGED = "(not shown)"


def record(
    action: Action,
    target: models.Model | None = None,
    *,
    name: str = "",
    project: Project | None = None,
    by: User | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that the one who acts now (accounts.audit.acting) has done `action` to `target`. In the transaction of the change, else
    TransactionManagementError is raised: there is no change without its entry, and no entry without its change.

    `name` replaces the target's own. `project` is the one that it is in. `by` acts in place of the request's person. `details` are
    numbers, texts, lists of texts, and what was before and is now (`changes`); they are cut to bounds, and no secret is kept.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "The audit log is written in the transaction of the change."
        )
    if project is None and isinstance(target, Project):
        project = target
    who = actor(by)
    AuditEntry.objects.create(
        action=action.value,
        actor_kind=who.kind,
        actor_id=who.id,
        actor_name=who.name[:254],
        token=who.token[:220],
        ip=who.ip[:45],
        target_id="" if target is None or target.pk is None else str(target.pk)[:40],
        target_name=(name or ("" if target is None else str(target)))[:254],
        project_id=project.pk if project is not None else None,
        project_name=project.name if project is not None else "",
        details=_bounded(details or {}),
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What differs between two states, as details of an entry: for each name `{"was": …, "is": …}`."""
    return {
        name: {"was": before.get(name), "is": value}
        for name, value in after.items()
        if before.get(name) != value
    }


def _bounded(details: Mapping[str, Any]) -> dict[str, Any]:
    kept = list(details.items())[:MOST_DETAILS]
    return {name[:40]: _CHANGED if name in _SECRET else _plain(value) for name, value in kept}


def _plain(value: Any) -> Any:
    """The value as JSON has it, within the bounds."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        text = str(value).replace("\0", "")
        return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
    if isinstance(value, Mapping) and value.keys() == {"was", "is"}:
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return [_plain(each if each is None else str(each)) for each in list(value)[:MOST_ITEMS]]
    return _plain(str(value))
