from __future__ import annotations

import ast
import json
import shlex
from urllib.parse import unquote

import pytest

from issues.monitors import schedule
from issues.render.cron_howto import check_in_url, how_to

DSN = "https://abc@errors.example.org/prefix/7"


def test_the_address_keeps_port_and_prefix() -> None:
    assert check_in_url(DSN, "nightly") == "https://errors.example.org/prefix/api/7/cron/nightly/abc/"
    assert check_in_url("http://k@[::1]:8000/1", "a") == "http://[::1]:8000/api/1/cron/a/k/"


def test_the_commands_are_what_a_shell_and_python_read() -> None:
    config = {"schedule": {"type": "crontab", "value": "0 3 * * *"}, "checkin_margin": 5}
    ways = {way.id: way.text for way in how_to(DSN, "nightly", config)}
    words = shlex.split(ways["curl-schedule"].replace("\\\n", " "))
    assert json.loads(words[words.index("-d") + 1]) == {"status": "ok", "monitor_config": config}
    assert ways["curl"].startswith("0 3 * * * /path/to/job && curl")
    assert '--schedule "0 3 * * *" nightly -- ' in ways["sentry-cli"]
    compile(ways["python"], "python", "exec")


def test_an_interval_is_not_written_as_a_crontab_line() -> None:
    rule = schedule.read("interval", 10, "minutes")
    ways = {way.id: way.text for way in how_to(DSN, "sync", {"schedule": rule.config()})}
    assert ways["curl"].startswith("/path/to/job && ")
    assert "--schedule" not in ways["sentry-cli"]
    assert '"unit": "minute"' in ways["curl-schedule"]


@pytest.mark.parametrize(
    "name", ["db/backup", "ночной отчёт", "a\"b'c\\", "$(x) `y`", "50%", "日本語", "..", "-x"]
)
def test_any_name_is_quoted(name: str) -> None:
    config = {"schedule": {"type": "crontab", "value": "0 3 * * *"}}
    ways = {way.id: way.text for way in how_to(DSN, name, config)}
    address = check_in_url(DSN, name)
    assert address.isascii()
    assert unquote(address.split("/")[-3]) == name
    # cron itself removes the backslash before %.
    assert f'"{address}?status=ok"' in ways["curl"].replace("\\%", "%")
    assert "%" not in ways["curl"].replace("\\%", "")
    words = shlex.split(ways["sentry-cli"].splitlines()[-1])
    assert words[words.index("--") - 1] == name
    tree = ast.parse(ways["python"])
    assert name in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
