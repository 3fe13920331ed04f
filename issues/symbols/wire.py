"""Messages between a process and the child: JSON with its length before it, and an open file beside it."""

from __future__ import annotations
