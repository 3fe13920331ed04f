"""Source maps: plain ones, with sections, and those of Hermes."""

from __future__ import annotations
