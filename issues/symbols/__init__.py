"""Looks positions up in source maps and debug files, in a child process of its own. Knows no model; the child imports no Django."""

from __future__ import annotations
