"""Which issues a commit's message says it fixes. Pure."""

from __future__ import annotations
