"""Where attachments are stored in tests; what processes remember."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from issues.ownership import stored as ownership
from tests.lib.remote_storage import Elsewhere


@pytest.fixture(autouse=True)
def _no_rules_remembered() -> None:
    """Projects of different tests have the same ids."""
    ownership._known.clear()


@pytest.fixture
def stored(tmp_path: Path, settings: Any) -> Path:
    """The directory in which attachments are stored during the test."""
    directory = tmp_path / "attachments"
    files = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(directory), "file_permissions_mode": 0o600},
    }
    settings.STORAGES = {**settings.STORAGES, "attachments": files}
    return directory


@pytest.fixture
def elsewhere(settings: Any) -> Iterator[type[Elsewhere]]:
    """Attachments are stored in a storage without local paths during the test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "tests.lib.remote_storage.Elsewhere"},
    }
    Elsewhere.kept = {}
    yield Elsewhere
    Elsewhere.down = None
