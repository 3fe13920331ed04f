"""Symbol maps of Dart."""

from __future__ import annotations
