"""What `manage.py deliver` remembers in the database: that it is at work, and what concerns all mail."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from rustrak.lib import clock


class AlertDeliverer(models.Model):
    """One row, with the key 1, written by all deliverers (issues.alerts.delivery.restored, mail_server)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    # Which database this is: each deliverer compares it with what it saw last.
    database = models.UUIDField(default=uuid4)
    # Grows while a deliverer is at work. A number lower than one that was seen: the database is an older one.
    beats = models.PositiveBigIntegerField(default=0)
    beat_at = models.DateTimeField(default=clock.now)
    # When it was last found to be restored from a backup, and how many changes and messages were not told then.
    restored_at = models.DateTimeField(null=True)
    not_told = models.PositiveIntegerField(default=0)
    # How many changes no rule has seen, because they waited for longer than a day, and when that happened last.
    facts_dropped = models.PositiveBigIntegerField(default=0)
    facts_dropped_at = models.DateTimeField(null=True)
    # While the mail server fails: no mail before this time, how often it failed in a row, since when, and why.
    mail_not_before = models.DateTimeField(null=True)
    mail_failures = models.PositiveIntegerField(default=0)
    mail_failing_since = models.DateTimeField(null=True)
    mail_error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.beats} {self.beat_at:%Y-%m-%d %H:%M:%S}"
