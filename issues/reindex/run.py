"""Indexes what is not indexed yet, a few issues at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import Project


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the issues of a project are indexed."""

    project: Project
    done: int
    total: int


def run(on_progress: Callable[[Progress], None], seconds: float | None = None) -> bool:
    """Index for `seconds` (None: to the end). Returns whether all projects are indexed. May be killed and run again at any time, and
    several times at once."""
    raise NotImplementedError


def forget(projects: Iterable[Project]) -> None:
    """Have these projects indexed again from the beginning."""
    raise NotImplementedError


def progress() -> list[Progress]:
    """Of the projects that are not indexed completely."""
    raise NotImplementedError
