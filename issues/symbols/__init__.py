"""Looks positions up in source maps and debug files, in a child process of its own. Knows no model and no Django."""

from __future__ import annotations
