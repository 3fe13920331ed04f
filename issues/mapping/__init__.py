"""The readable form of an event: its frames looked up in what was uploaded. The stored payload does not change."""

from __future__ import annotations
