"""Debug files of native code."""

from __future__ import annotations
