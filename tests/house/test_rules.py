"""The house rules that a machine can hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("rustrak", "accounts", "ingest", "issues")
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_environment_is_read_in_settings_only() -> None:
    readers = {
        _name(path)
        for path in SOURCES
        if re.search(r"\bos\.(environ\b(?!\.setdefault)|getenv)", path.read_text())
    }
    assert readers <= {"rustrak/settings.py"}


def test_every_setting_is_documented() -> None:
    source = (ROOT / "rustrak/settings.py").read_text()
    names = set(re.findall(r'(?:_setting|env\.str)\(\s*"([A-Z_]+)"', source))
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/operations.md").read_text()))
    assert len(names) > 15
    assert names - documented == set()


# One list each, longer than a page but of one thing: every setting, every platform's snippet.
LISTS = {"rustrak/settings.py", "accounts/snippets.py"}


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_stays_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (600 if _name(path) in LISTS else 400)


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_room_without_a_noun(path: Path) -> None:
    assert not {"utils.py", "helpers.py", "services.py", "managers.py", "misc.py", "common.py"} & {path.name}


def test_models_override_no_save_and_send_no_signals() -> None:
    for path in [*(ROOT / "issues/models").glob("*.py"), ROOT / "accounts/models.py"]:
        tree = ast.parse(path.read_text())
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert "save" not in names, _name(path)
        assert "django.db.models.signals" not in path.read_text()


@pytest.mark.parametrize(
    "name", ["requirements/run.txt", "requirements/dev.txt", "tests/sdk/js/package-lock.json"]
)
def test_locks_are_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"resolved|index-url|find-links", text)
    assert ("--hash=sha256:" in text) or ('"integrity": "sha512-' in text)
