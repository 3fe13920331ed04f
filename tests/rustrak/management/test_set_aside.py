from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from ingest import spool
from ingest.spool import Record
from tests.lib.spooled import hex_id, set_aside


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path
    for number in range(3):
        record = Record("event", number % 2 + 1, hex_id(number), 0.0, None, None, b"{")
        spool.quarantine(tmp_path, record, "no\x1bJSON")
    return tmp_path


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("set_aside", *arguments, stdout=output)
    return output.getvalue()


def test_it_lists_what_is_set_aside_and_why(directory: Path) -> None:
    assert run() == "project 1: 2 x event: no JSON\nproject 2: 1 x event: no JSON\n"
    assert run("--project", "2") == "project 2: 1 x event: no JSON\n"
    assert run("--project", "3") == "Nothing is set aside.\n"


def test_it_puts_records_back(directory: Path) -> None:
    assert run("--again", "--project", "1") == "2 records are in the queue again\n"
    assert [one["event_id"] for one in set_aside(directory)] == [hex_id(1)]
    assert len(list(directory.glob("*.sealed"))) >= 1
