"""The messages, their attempts, and the conversations they belong to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Project
from issues.models.alerts.channel import AlertChannel
from issues.models.alerts.fact import News
from issues.models.alerts.rule import AlertRule
from rustrak.lib import clock, ids

ERROR_LENGTH = 300
ANSWER_LENGTH = 1000


class AlertDelivery(models.Model):
    """One message to one channel or one person. Its id is the idempotency key: the same in every attempt.

    Issues and events are ids without a foreign key: the history is kept when they are gone.
    """

    class Status(models.TextChoices):
        COLLECTING = "collecting"  # more may be added until its turn comes
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"
        DROPPED = "dropped"  # not to be sent any more: `reason` says why

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Null: the rule has been deleted, or none was needed.
    rule = models.ForeignKey(AlertRule, on_delete=models.SET_NULL, null=True, related_name="+")
    # Exactly one of the two.
    channel = models.ForeignKey(
        AlertChannel, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    news = models.CharField(max_length=20, choices=News.choices)
    issue = models.UUIDField(null=True)
    event = models.UUIDField(null=True)
    # What is told besides the state of the issue (issues.alerts.notice.Facts as JSON).
    facts = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(max_length=ERROR_LENGTH, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    next_attempt_at = models.DateTimeField(default=clock.now, editable=False)
    # While a `deliver` works on it, when its claim ends, and which one it is (issues.alerts.delivery.slot).
    leased_until = models.DateTimeField(null=True, editable=False)
    leased_by = models.CharField(max_length=100, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "alert deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__isnull=True) ^ Q(user__isnull=True), name="alert_delivery_goes_somewhere"
            )
        ]
        indexes = [
            # Whose turn is next, channel by channel; people have none.
            models.Index(fields=["status", "channel", "next_attempt_at"], name="alert_delivery_by_turn"),
            models.Index(fields=["project", "created_at", "id"], name="alert_delivery_of_project"),
            models.Index(fields=["channel", "issue"], name="alert_delivery_of_thread"),
            models.Index(fields=["user", "issue"], name="alert_delivery_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.news} {self.pk}"


class AlertAttempt(models.Model):
    """One attempt to send a message, with what the other side answered."""

    delivery = models.ForeignKey(AlertDelivery, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(default=clock.now)
    milliseconds = models.PositiveIntegerField(default=0)
    succeeded = models.BooleanField()
    # The HTTP or SMTP status, if there was one.
    status = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True)
    error = models.CharField(max_length=ERROR_LENGTH, blank=True)

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.at:%Y-%m-%d %H:%M:%S}"


class AlertThread(models.Model):
    """The conversation about an issue in a channel or with a person: what the other side calls its first message."""

    channel = models.ForeignKey(
        AlertChannel, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    issue = models.UUIDField(db_index=True)
    # As the channel's kind stores it: message ids, the id of a mail.
    external = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "issue"], name="alert_thread_of_channel"),
            models.UniqueConstraint(fields=["user", "issue"], name="alert_thread_of_user"),
        ]
        indexes = [models.Index(fields=["updated_at"], name="alert_thread_by_age")]

    def __str__(self) -> str:
        return f"{self.channel_id or self.user_id} {self.issue}"
