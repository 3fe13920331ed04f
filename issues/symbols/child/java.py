"""ProGuard mappings."""

from __future__ import annotations
