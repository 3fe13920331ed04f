from __future__ import annotations

import json
import logging
import sys

import pytest

from rustrak.lib.logs.lines import MAX_EXCEPTION, MAX_MESSAGE, JsonFormatter, TextFormatter, one_line
from tests.lib.growth import assert_linear

HOSTILE = "a\nb\r\x1b[31m\x00\x85\u2028\u202e\x7f\ud800\t"


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    info = None
    if error is not None:
        try:
            raise error
        except type(error):
            info = sys.exc_info()
    return logging.LogRecord("x.y", logging.WARNING, __file__, 1, "%s", (message,), info)


def test_control_characters_are_escaped() -> None:
    assert one_line(HOSTILE) == r"a\nb\r\x1b[31m\x00\x85\u2028\u202e\x7f\ud800\t"
    assert one_line("ä 漢 😀") == "ä 漢 😀"


def test_a_message_is_one_line_of_text() -> None:
    line = TextFormatter().format(record(HOSTILE))
    assert line.endswith(r"WARNING x.y: a\nb\r\x1b[31m\x00\x85\u2028\u202e\x7f\ud800\t")
    assert len(line.splitlines()) == 1


def test_a_message_is_one_line_of_json() -> None:
    line = JsonFormatter().format(record(HOSTILE))
    assert len(line.splitlines()) == 1
    assert line.encode()
    assert json.loads(line)["message"] == one_line(HOSTILE)


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_messages_and_tracebacks_are_cut(formatter: logging.Formatter) -> None:
    line = formatter.format(record("x" * 100_000, ValueError("y" * 100_000)))
    assert len(line) < MAX_MESSAGE + MAX_EXCEPTION + 500
    assert "more characters" in line


def test_no_line_of_a_traceback_looks_like_a_line_of_the_log() -> None:
    first, *rest = (
        TextFormatter().format(record("m", ValueError("\n2026-01-01 INFO x: forged\r\x1b"))).split("\n")
    )
    assert first.endswith("x.y: m")
    assert len(rest) >= 3
    assert all(line.startswith("  ") for line in rest)
    assert "\x1b" not in "".join(rest)


def test_what_was_left_out_is_counted() -> None:
    found = record("m")
    found.left_out = 7
    assert TextFormatter().format(found).endswith("m (7 more like this were left out)")


@pytest.mark.parametrize("unit", ["\n", "a", "\x1b[", "😀"])
def test_long_messages_cost_little(unit: str) -> None:
    assert_linear(lambda n: record(unit * n, ValueError(unit * n)), TextFormatter().format, largest=1 << 18)
