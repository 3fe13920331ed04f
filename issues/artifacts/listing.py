"""The artifacts of a project and of a release, as people see them."""

from __future__ import annotations
