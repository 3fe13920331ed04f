"""Commits of releases: what tools say of them, what they fix, and which of them an issue may come from."""

from __future__ import annotations
