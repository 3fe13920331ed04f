"""Fetches scripts and their maps from a site whose origin a project's admin has allowed."""

from __future__ import annotations
