"""Releases, deploys, commits, repositories, code mappings."""

from __future__ import annotations
