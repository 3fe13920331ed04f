"""All services that have no kind of their own, through the library apprise.

kind.py     the kind of channel: its one field, and how a message is sent
schemes.py  which services are allowed
sending.py  a message through apprise, with the connections of rustrak.outbound
process.py  the same in a process of its own, for web processes
"""

from __future__ import annotations

from issues.alerts.channels.apprise.kind import KIND

__all__ = ["KIND"]
