"""Issues, events and monitors."""

from __future__ import annotations
