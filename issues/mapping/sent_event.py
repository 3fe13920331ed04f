"""What mapping reads of an event besides its frames: what it is of, and the files that its SDK saw loaded. Pure."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from issues.artifacts import names
from issues.payload.access import items, mapping, text
from issues.payload.fields import LONGEST_RELEASE

#: Images that are read of an event, the first. A page has one for each of its scripts, an iPhone's process has 800.
MOST_IMAGES = 3_000
_LONGEST_DIST = 64
_SCRIPT, _JAVA = "sourcemap", "proguard"


class Image(NamedTuple):
    """A file of native code in the memory of the process: from `start` to before `end`."""

    start: int
    end: int
    debug_id: str
    code_file: str


class SentEvent:
    """An event as it was sent. What is made of it is made once, when it is asked for."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.payload = payload
        platform = payload.get("platform")
        self.platform: str = platform if isinstance(platform, str) else ""

    @cached_property
    def release(self) -> str:
        return self._named("release", LONGEST_RELEASE)

    @cached_property
    def dist(self) -> str:
        return self._named("dist", _LONGEST_DIST)

    def _named(self, name: str, longest: int) -> str:
        """The field or else the tag, as issues.payload.fields reads it."""
        value = self.payload.get(name)
        if not value and (tags := self.payload.get("tags")):
            value = mapping(tags).get(name)
        return text(value).strip()[:longest] if isinstance(value, str | int) else ""

    @cached_property
    def _images(self) -> list[dict[str, Any]]:
        meta = self.payload.get("debug_meta")
        images = items(meta.get("images")) if isinstance(meta, dict) else []
        return [image for image in images[:MOST_IMAGES] if isinstance(image, dict)]

    @cached_property
    def scripts(self) -> dict[str, str]:
        """The normalised debug ids of scripts by their URLs, as the SDK wrote these."""
        found: dict[str, str] = {}
        for image in self._images:
            if image.get("type") == _SCRIPT:
                file, debug_id = image.get("code_file"), image.get("debug_id")
                if isinstance(file, str) and isinstance(debug_id, str) and (own := normal(debug_id)):
                    found.setdefault(file, own)
        return found

    @cached_property
    def proguard_ids(self) -> tuple[str, ...]:
        """The normalised ids of the ProGuard mappings, at most eight."""
        found: dict[str, None] = {}
        for image in self._images:
            if image.get("type") == _JAVA and (own := _id(image, "uuid", "debug_id", "id")):
                found[own] = None
        return tuple(found)[:8]

    @cached_property
    def native_images(self) -> list[Image]:
        """The images that have an address and an id, by their addresses. Where the size of one is missing it ends where the next begins."""
        found: list[tuple[int, int, str, str]] = []
        for image in self._images:
            start, own = address(image.get("image_addr")), _id(image, "debug_id", "id", "uuid")
            if start is not None and own:
                file = image.get("code_file") or image.get("name")
                found.append(
                    (start, address(image.get("image_size")) or 0, own, file if isinstance(file, str) else "")
                )
        if not found:
            return []
        found.sort()
        ends = [start for start, *_ in found[1:]] + [1 << 64]
        return [
            Image(start, start + size if size else end, own, file)
            for (start, size, own, file), end in zip(found, ends, strict=True)
        ]

    @cached_property
    def _starts(self) -> list[int]:
        return [image.start for image in self.native_images]

    def image_at(self, where: int) -> Image | None:
        """The image that an address is in."""
        index = bisect_right(self._starts, where) - 1
        image = self.native_images[index] if index >= 0 else None
        return image if image is not None and where < image.end else None

    def image_number(self, number: int) -> tuple[str, str]:
        """The normalised id and the file of an image by its place in the list; empty where it has none."""
        if not 0 <= number < len(self._images):
            return "", ""
        image = self._images[number]
        file = image.get("code_file")
        return _id(image, "debug_id", "id", "uuid"), file if isinstance(file, str) else ""

    @cached_property
    def dart_ids(self) -> tuple[str, ...]:
        """The normalised ids of the native images of an event of Dart, at most 16; a Dart symbol map has the id of one of them."""
        sdk = self.payload.get("sdk")
        name = sdk.get("name") if isinstance(sdk, dict) else None
        if self.platform not in ("dart", "flutter") and not (isinstance(name, str) and "dart" in name[:100]):
            return ()
        found: dict[str, None] = {}
        for image in self._images:
            if image.get("type") != _SCRIPT and (own := _id(image, "debug_id", "id", "uuid")):
                found[own] = None
        return tuple(found)[:16]


def normal(debug_id: str) -> str:
    """A debug id in its normal form, empty where it is none. Most events name the same few."""
    return _normal(debug_id[:64])


@lru_cache(maxsize=2048)
def _normal(debug_id: str) -> str:
    return names.debug_id(debug_id)


def address(value: Any) -> int | None:
    """An address or a size: a number, or text in hexadecimal or decimal; None where it is none of 64 bits."""
    if isinstance(value, str) and len(value) <= 40:
        value = value.strip()
        try:
            value = int(value, 16 if value[:2] in ("0x", "0X") else 10)
        except ValueError:
            return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    return None


def whole(value: Any) -> int:
    """A line or a column from 1; 0 where there is none."""
    if value.__class__ is int:
        return value if 0 < value < 1 << 31 else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 < value < 1 << 31:
        return int(value)
    return 0


def _id(image: dict[str, Any], *members: str) -> str:
    for member in members:
        value = image.get(member)
        if isinstance(value, str) and (found := normal(value)):
            return found
    return ""
