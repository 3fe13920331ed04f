"""Channels in the database: their fields, their secrets, who may use and change them, and whether they work.

fields.py   reads what people enter for a channel of some kind
masking.py  what may be shown of secrets
rows.py     the only write path for channels, but for what issues.alerts.delivery notes about failures
trial.py    sends a test and tells what the other side answered
"""

from __future__ import annotations

from issues.alerts.stored_channels.fields import Invalid
from issues.alerts.stored_channels.masking import without_secrets
from issues.alerts.stored_channels.rows import (
    MOST_CHANNELS,
    change,
    config,
    create,
    delete,
    may_change,
    resume,
    shown,
    usable_in,
    visible_to,
)
from issues.alerts.stored_channels.trial import TestResult, test

__all__ = [
    "MOST_CHANNELS",
    "Invalid",
    "TestResult",
    "change",
    "config",
    "create",
    "delete",
    "may_change",
    "resume",
    "shown",
    "test",
    "usable_in",
    "visible_to",
    "without_secrets",
]
