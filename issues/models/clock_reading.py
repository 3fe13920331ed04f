"""The time at which retention last ran: what the machine's clock is compared with (issues.retention.trusted_clock)."""

from __future__ import annotations

from django.db import models


class ClockReading(models.Model):
    """One row, with the key 1. Written by retention while it trusts the clock."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
