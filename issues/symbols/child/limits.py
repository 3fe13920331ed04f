"""How much memory and time the child may use."""

from __future__ import annotations
