"""Uploads of source maps, release files and debug files."""

from __future__ import annotations
