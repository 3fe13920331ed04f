from __future__ import annotations

import pytest

from tests.lib.mapping import Uploads, uploads


@pytest.fixture(name="uploads")
def _uploads(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    return uploads(monkeypatch)
