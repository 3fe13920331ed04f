"""Channels in the database: their fields, their secrets, and who may use and change them."""

from __future__ import annotations

from issues.alerts.channel import Config
from issues.models import AlertChannel


def config(channel: AlertChannel) -> Config:
    """The values of the channel's fields, secrets included. Raises rustrak.lib.sealed.Unreadable."""
    raise NotImplementedError
