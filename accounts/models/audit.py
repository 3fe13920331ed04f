"""The audit log: who changed what, from where, and when."""

from __future__ import annotations

from django.db import models

from rustrak.lib import clock


class AuditEntry(models.Model):
    """One change that somebody made. accounts.audit writes it in the transaction of the change; nothing changes it later.

    It holds ids and names in place of foreign keys, so that it says the same when the person or the project is gone.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "a person, in the browser or with a session"
        TOKEN = "token", "a program, with a person's token"
        COMMAND = "command", "a command on the server"
        VISITOR = "visitor", "somebody who was not signed in"
        RUSTRAK = "rustrak", "Rustrak itself"

    at = models.DateTimeField(default=clock.now, editable=False)
    # One of accounts.audit.actions.Action.
    action = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=8, choices=Kind.choices)
    actor_id = models.BigIntegerField(null=True)
    # The address of the person, or what else acted: `manage.py create_user`.
    actor_name = models.CharField(max_length=254)
    # How the token was called.
    token = models.CharField(max_length=220, blank=True)
    # The address of the client; empty for commands and for Rustrak itself.
    ip = models.CharField(max_length=45, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    target_name = models.CharField(max_length=254, blank=True)
    project_id = models.BigIntegerField(null=True)
    project_name = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["actor_name", "at", "id"], name="audit_by_actor"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
            models.Index(fields=["project_id", "at", "id"], name="audit_by_project"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.target_name}".strip()
