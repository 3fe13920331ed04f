"""What Django's admin changes, in the audit log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audit.actions import Action
from accounts.audit.writing import record


class Audited(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ModelAdmin whose changes are recorded as `creates`, `changes` and `deletes`; None: the code that it calls does that."""

    creates: Action | None = None
    changes: Action | None = None
    deletes: Action | None = None

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        if self.creates:
            record(self.creates, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        if self.changes and message:
            record(self.changes, obj, details={"fields": _fields(message)})
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        with transaction.atomic():
            if self.deletes:
                record(self.deletes, obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            if self.deletes:
                for obj in queryset:
                    record(self.deletes, obj)
            super().delete_queryset(request, queryset)


def _fields(message: Any) -> list[str]:
    """The names of the changed fields, from a message of Django's admin: a text, or a list of what was added and changed."""
    if isinstance(message, str):
        return [message]
    named = [part.get(how, {}) for part in message for how in ("changed", "added", "deleted")]
    return [
        ", ".join(each.get("fields", [])) or f"{each.get('name', '')} {each.get('object', '')}".strip()
        for each in named
        if each
    ]
