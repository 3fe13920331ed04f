from __future__ import annotations

import threading
from pathlib import Path

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import limits
from issues.symbols.child.kept import Kept
from issues.symbols.child.loading import LARGE_BYTES, Load, Loader
from issues.symbols.child.suspects import Suspects

WAIT = 10.0


@pytest.fixture
def suspects(tmp_path: Path) -> Suspects:
    return Suspects(tmp_path)


@pytest.fixture
def loader(suspects: Suspects) -> Loader:
    loader = Loader(Kept(), suspects, limits.Watch(lambda key, seconds: None))
    loader.start()
    return loader


def test_a_file_is_read_once_for_all_who_ask_at_the_same_time(loader: Loader) -> None:
    begun, go_on, made = threading.Event(), threading.Event(), []

    def make() -> tuple[str, int]:
        made.append(1)
        begun.set()
        assert go_on.wait(WAIT)
        return "value", 5

    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(loader.loaded(Load("a", 1, 9.0, make))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(WAIT)
    go_on.set()
    for thread in threads:
        thread.join(WAIT)
    assert (found, made) == (["value"] * 3, [1])
    assert loader.kept("a") == "value"


def test_small_files_do_not_wait_for_a_large_one(loader: Loader) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> tuple[str, int]:
        begun.set()
        assert go_on.wait(WAIT)
        return "large", 5

    large = threading.Thread(target=loader.loaded, args=(Load("large", LARGE_BYTES + 1, 9.0, slow),))
    large.start()
    assert begun.wait(WAIT)
    assert loader.loaded(Load("small", 1, 9.0, lambda: ("small", 5))) == "small"
    assert loader.kept("large") is None
    go_on.set()
    large.join(WAIT)
    assert loader.kept("large") == "large"


def test_what_cannot_be_read_is_told_to_who_asked_and_is_not_kept(loader: Loader) -> None:
    def memory() -> tuple[str, int]:
        raise MemoryError

    def broken() -> tuple[str, int]:
        raise Unreadable("broken")

    for make, reason in ((memory, "512 MiB"), (broken, "broken")):
        with pytest.raises(Unreadable, match=reason):
            loader.loaded(Load("a", 1, 9.0, make))
    assert loader.loaded(Load("a", 1, 9.0, lambda: ("value", 5))) == "value"


def test_a_refused_file_is_not_looked_for_and_a_suspected_one_is_read_alone(
    loader: Loader, suspects: Suspects, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspects.refuse("slow", "It is slow.")
    with pytest.raises(Unreadable, match="slow"):
        loader.kept("slow")
    read: list[tuple[str, bool]] = []
    reading = suspects.reading
    monkeypatch.setattr(suspects, "is_suspected", lambda key: key == "b")
    monkeypatch.setattr(
        suspects, "reading", lambda key, *, alone: read.append((key, alone)) or reading(key, alone=alone)
    )
    for key in "ab":
        loader.loaded(Load(key, 1, 9.0, lambda: ("value", 5)))
    assert read == [("a", False), ("b", True)]
