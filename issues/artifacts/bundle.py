"""Reads an artifact bundle: a zip file with a manifest. Bounded; nothing in it is trusted."""

from __future__ import annotations
