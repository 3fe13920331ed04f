"""Runs digests in processes of their own, beside the test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection


def digest_process(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `manage.py digest` on the tests' database and the spool in `directory`."""
    database = settings.DATABASES["default"]
    environment = {**os.environ, "INGEST_DIR": str(directory)}
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        environment["DATABASE_URL"] = f"sqlite:///{name}"
    else:
        environment["DATABASE_URL"] = "postgres://{USER}@{HOST}:{PORT}/{name}".format(
            **{**database, "name": name}
        )
    command = [sys.executable, "manage.py", "digest", *arguments]
    return subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)


def eventually(condition: Callable[[], bool], seconds: float = 90) -> float:
    """Wait until `condition()` is true. Returns how many seconds that took; fails after `seconds`."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "the condition never became true"
        time.sleep(0.005)
    return time.monotonic() - started
