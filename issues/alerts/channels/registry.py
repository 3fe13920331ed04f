"""All kinds of channels, by name."""

from __future__ import annotations

from issues.alerts.channel import Kind

KINDS: dict[str, Kind] = {}
