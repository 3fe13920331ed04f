from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from issues.alerts.delivery import slot
from issues.alerts.delivery.slot import Slot


def test_a_name_is_free_again_when_its_process_has_died(tmp_path: Path) -> None:
    first = Slot(tmp_path)
    second = Slot(tmp_path)
    assert first.name != second.name
    first.release()
    assert Slot(tmp_path).name == first.name


def test_a_dead_process_holds_no_name(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        os.write(writer, Slot(tmp_path).name.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert Slot(tmp_path).name == os.read(reader, 200).decode()
    os.close(reader)
    os.close(writer)


def test_machines_have_names_of_their_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(slot.socket, "gethostname", lambda: "h" * 300)
    names = {Slot(tmp_path / name).name for name in ("a", "b")}
    assert len(names) == 2
    assert all(len(name) <= 100 for name in names)


def test_without_a_directory_each_run_has_another_name(tmp_path: Path, caplog: Any) -> None:
    (tmp_path / "run").write_text("a file")
    assert Slot(tmp_path / "run").name != Slot(tmp_path / "run").name
    assert "leases of alerts end only with their time" in caplog.text
