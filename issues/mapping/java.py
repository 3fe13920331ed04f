"""Frames and exceptions of Java and Kotlin that ProGuard or R8 renamed. The event names the mapping by its id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from issues.artifacts.lookup import Found
from issues.mapping.debug_files import found_for
from issues.mapping.frame import NOT_FOR_US, UNMAPPED, Outcome
from issues.mapping.known import Known, Stored, Subject
from issues.mapping.paths import clean
from issues.mapping.sent_event import SentEvent, whole
from issues.payload.frames.in_app import in_app_by_names, is_library
from issues.symbols import client
from issues.symbols.answers import JavaFrame

KIND = "proguard"
# In characters, of a name that is looked up; longer ones are none of a class.
_LONGEST = 500
# What R8 writes in place of the names of files.
_NO_FILES = frozenset({"SourceFile", "Unknown Source", "PG", "Unknown", ""})


def subject_of(file: Found) -> Subject:
    """How to ask for frames, (class, method, line), and for classes by their names."""
    mapping = Stored(file.file)

    def ask(some: Sequence[Any], patience: float) -> list[Any]:
        frames = [one for one in some if not isinstance(one, str)]
        classes = [one for one in some if isinstance(one, str)]
        real, named = client.java_frames(mapping, frames, classes, patience=patience)
        by_frame = dict(zip(frames, real, strict=True))
        return [
            named.get(one) or None if isinstance(one, str) else tuple(by_frame.get(one, ())) or None
            for one in some
        ]

    return Subject(f"java:{mapping.sha256}", ask)


def map_frames(frames: list[Any], event: SentEvent, known: Known) -> dict[int, Outcome]:
    """What became of the frames of the JVM in a stack, by their indexes."""
    if not event.proguard_ids:
        return dict.fromkeys(range(len(frames)), NOT_FOR_US)
    files = [(file, subject_of(file)) for file in found_for(known, KIND, event.proguard_ids)]
    return {
        index: _frame(frame, files, event, known)
        for index, frame in enumerate(frames)
        if isinstance(frame, dict)
    }


def _frame(
    frame: dict[str, Any], files: list[tuple[Found, Subject]], event: SentEvent, known: Known
) -> Outcome:
    class_, method = frame.get("module"), frame.get("function")
    if not isinstance(class_, str) or not isinstance(method, str) or not 0 < len(class_) <= _LONGEST:
        return NOT_FOR_US
    line = whole(frame.get("lineno"))
    for file, subject in files:
        # Both are asked for at once: where the method is not known, the class may be.
        real = known.answer(subject, (class_, method[:_LONGEST], line))
        name = known.answer(subject, class_)
        if isinstance(real, tuple) and real and isinstance(real[0], JavaFrame):
            new = tuple(_mapped(frame, one, event) for one in reversed(real))
            return Outcome(True, new, file.id, file.name or file.debug_id, file.upload_id)
        if isinstance(name, str) and name != class_:
            one = JavaFrame(name, method, "", line)
            return Outcome(
                True, (_mapped(frame, one, event),), file.id, file.name or file.debug_id, file.upload_id
            )
    # A name that nothing was renamed to is the original one.
    return UNMAPPED if not files and not is_library(frame, event.platform) else NOT_FOR_US


def _mapped(frame: dict[str, Any], real: JavaFrame, event: SentEvent) -> dict[str, Any]:
    new = {**frame, "module": clean(real.module, _LONGEST), "function": clean(real.function, _LONGEST)}
    file = clean(real.file, _LONGEST) or frame.get("filename")
    if not isinstance(file, str) or file in _NO_FILES or file.startswith("r8-map-id-"):
        new.pop("filename", None)
        new.pop("abs_path", None)
    else:
        new["filename"] = file
        new.pop("abs_path", None)
    if real.line:
        new["lineno"] = real.line
    else:
        new.pop("lineno", None)
    new["in_app"] = in_app_by_names(new, event.platform)
    return new


def map_exception(thrown: dict[str, Any], event: SentEvent, known: Known) -> dict[str, Any] | None:
    """The exception with its original type and module; None where they stay."""
    if not event.proguard_ids:
        return None
    module, type_ = thrown.get("module"), thrown.get("type")
    if not isinstance(type_, str) or not 0 < len(type_) <= _LONGEST:
        return None
    class_ = f"{module}.{type_}" if isinstance(module, str) and module else type_
    for file in found_for(known, KIND, event.proguard_ids):
        name = known.answer(subject_of(file), class_[: 2 * _LONGEST])
        if isinstance(name, str) and name != class_:
            package, _, own = clean(name, 2 * _LONGEST).rpartition(".")
            known.uploads.add(file.upload_id)
            return {**thrown, "type": own, "module": package or None}
    return None
