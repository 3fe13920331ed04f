"""Compares the path of a frame with the path of a file in a repository. Pure."""

from __future__ import annotations
