"""A webhook: JSON to any address, signed if a secret is set, with a body of one's own if there is a template.

kind.py      the kind of channel: its fields, and how a message is sent
body.py      what a receiver gets
headers.py   the headers that people add
template.py  bodies with placeholders
"""

from __future__ import annotations

from issues.alerts.channels.webhook.kind import KIND

__all__ = ["KIND"]
