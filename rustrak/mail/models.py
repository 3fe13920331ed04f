"""The messages that wait to be sent, and those that could not be."""

from __future__ import annotations

from django.db import models

from rustrak.lib import clock

RECIPIENT_LENGTH = 254
SUBJECT_LENGTH = 255
ERROR_LENGTH = 300


class Message(models.Model):
    """One message to one address. The row is deleted when it has been sent.

    A kind with a writer (rustrak.mail.kinds) leaves `subject` and `body` empty: it is written when it is sent, so that no secret
    link is stored.
    """

    kind = models.CharField(max_length=32)
    recipient = models.CharField(max_length=RECIPIENT_LENGTH)
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    # While a `deliver` works on the message, this is when its claim ends.
    next_attempt_at = models.DateTimeField(default=clock.now, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=ERROR_LENGTH, blank=True, editable=False)
    given_up_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["given_up_at", "next_attempt_at"], name="message_by_turn"),
            models.Index(fields=["kind", "recipient"], name="message_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
