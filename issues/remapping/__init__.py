"""Applies maps that came after the events to the issues of a release: their culprits and smart keys."""

from __future__ import annotations
