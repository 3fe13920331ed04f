"""House rules that hold for each source file by itself. Every rule names all the files that break it."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.lib.sources import ROOT, SOURCES, name, tree

MOST_LINES = 350
# One long list: every setting.
LISTS = {"rustrak/settings.py": 600}
MOST_MODULES = 16
VAGUE = {"utils", "util", "helpers", "services", "managers", "misc", "common"}


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 250


def test_only_settings_reads_the_environment() -> None:
    readers = [
        name(path)
        for path in SOURCES
        if re.search(r"\bos\.(environ\b(?!\.setdefault)|getenv)", path.read_text())
    ]
    assert readers in ([], ["rustrak/settings.py"])


def test_every_setting_is_documented() -> None:
    source = (ROOT / "rustrak/settings.py").read_text()
    names = set(re.findall(r'(?:_setting|env\.str)\(\s*"([A-Z_]+)"', source))
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/operations.md").read_text()))
    assert len(names) > 15
    assert names - documented == set()


def test_files_stay_short() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > LISTS.get(path, MOST_LINES)} == {}


def test_folders_hold_few_modules() -> None:
    folders = Counter(name(path.parent) for path in SOURCES if path.name != "__init__.py")
    assert {folder: modules for folder, modules in folders.items() if modules > MOST_MODULES} == {}


def test_modules_have_names_that_mean_something() -> None:
    assert [name(path) for path in SOURCES if VAGUE & {path.stem, path.parent.name}] == []


def test_models_override_no_save_and_send_no_signals() -> None:
    models = [path for path in SOURCES if path.stem == "models" or path.parent.name == "models"]
    assert len(models) >= 3
    for path in models:
        functions = {node.name for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)}
        assert "save" not in functions, name(path)
        assert "django.db.models.signals" not in path.read_text(), name(path)


@pytest.mark.parametrize(
    "lock", ["requirements/run.txt", "requirements/dev.txt", "tests/sdk/js/package-lock.json"]
)
def test_locks_are_hashed_and_name_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"resolved|index-url|find-links", text)
    assert ("--hash=sha256:" in text) or ('"integrity": "sha512-' in text)
