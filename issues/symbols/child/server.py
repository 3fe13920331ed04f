"""Answers one question at a time, and ends when nobody has asked for a while."""

from __future__ import annotations
