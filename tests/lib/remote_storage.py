"""A storage of attachments without local paths, such as an object store."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from django.core.files.base import File
from django.core.files.storage import Storage


class Elsewhere(Storage):
    """Keeps files in memory, in `kept`. While `down` is set, every operation raises it."""

    kept: dict[str, tuple[bytes, datetime]] = {}
    down: Exception | None = None

    def _save(self, name: str, content: File) -> str:
        self._try()
        self.kept[name] = (b"".join(content.chunks()), datetime.now(UTC))
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        self._try()
        if name not in self.kept:
            raise FileNotFoundError(name)
        return File(BytesIO(self.kept[name][0]), name=name)

    def exists(self, name: str) -> bool:
        self._try()
        return name in self.kept

    def size(self, name: str) -> int:
        return len(self.kept[name][0])

    def delete(self, name: str) -> None:
        self._try()
        self.kept.pop(name, None)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        inside = [
            name[len(path) :].lstrip("/") for name in self.kept if name.startswith(f"{path}/".lstrip("/"))
        ]
        return sorted({name.split("/")[0] for name in inside if "/" in name}), [
            name for name in inside if "/" not in name
        ]

    def get_modified_time(self, name: str) -> datetime:
        return self.kept[name][1]

    def _try(self) -> None:
        if self.down is not None:
            raise self.down
