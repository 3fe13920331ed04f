"""What a process knows from earlier look-ups, and how it asks for the rest: many questions at a time, within a time limit.

Whoever maps an event asks `answer` for all that it needs. What is not known is wanted from then on; `fetch` gets it, and the
event is mapped again. So a batch of events has its questions asked together. Answers about a content are kept by its hash; which
content a name leads to is kept by project and version of its artifacts, so that nothing of one project is used for another.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

from issues.artifacts.files import FileRef
from issues.files import storage
from issues.symbols.answers import Unavailable, Unreadable
from rustrak.lib.sized_cache import SizedCache

log = logging.getLogger(__name__)

#: Bytes of answers that a process keeps, roughly.
MOST_BYTES = 16 * 1024 * 1024
#: Questions that are asked together, and those that are asked for one event or one batch in all.
TOGETHER, MOST_WANTED = 500, 20_000
# For how long it is remembered that a file cannot be used, in seconds: the client of the child may think better of it.
_REFUSED_SECONDS = 300.0
# Of an answer with its key, in bytes, besides its texts.
_OVERHEAD = 600


class Refused(NamedTuple):
    """The file that would have the answer cannot be used: `reason` says why, for people."""

    reason: str
    until: float


class Nothing:
    """There is no answer, and that is known."""


NOTHING = Nothing()

#: Answers questions of one subject in their order; None where there is no answer. Raises Unreadable and Unavailable.
Ask = Callable[[Sequence[Any], float], Sequence[Any]]


class Subject(NamedTuple):
    """What questions can be asked about together, such as one map. `key` names it in the whole process. `ask` gets the questions and
    for how many seconds it may wait."""

    key: str
    ask: Ask


class Stored:
    """A stored file as issues.symbols reads it."""

    is_compressed = True

    def __init__(self, file: FileRef) -> None:
        self.sha256, self.size, self._key = file.sha256, file.size, file.key

    def open(self) -> BinaryIO:
        try:
            opened: Any = storage().open(self._key, "rb")
        except Exception as error:
            raise Unavailable(f"the file cannot be read from the storage: {error}") from error
        return opened  # type: ignore[no-any-return]


_answers: SizedCache[Hashable, Any] = SizedCache(MOST_BYTES)


def forget() -> None:
    """Forget everything, for tests."""
    _answers.clear()


class Known:
    """What is known of one project while one event or one batch is mapped.

    `context` is how many lines of source are wanted before and after a line. `patience` is for how many seconds `fetch` may wait in
    all. `late` says why questions stayed open, empty for none.
    """

    def __init__(self, project_id: int, version: int, *, context: int, patience: float) -> None:
        self.project_id, self.version, self.context = project_id, version, context
        self.late = ""
        #: How often an answer was not known.
        self.open = 0
        #: The uploads that were used.
        self.uploads: set[int] = set()
        #: For how many seconds answers were waited for.
        self.waited = 0.0
        self._patience = patience
        self._wanted: dict[str, tuple[Subject, dict[Any, None]]] = {}
        self._count = 0
        self._given_up: set[str] = set()

    @property
    def prefix(self) -> str:
        """How the keys of subjects begin that belong to this project and version."""
        return f"{self.project_id}:{self.version}:"

    def answer(self, subject: Subject, question: Hashable) -> Any:
        """The answer, NOTHING, or Refused; None where it is not known, and is wanted from now on."""
        key = subject.key
        found = _answers.get((key, question))
        if found is not None:
            return found
        if (refused := _answers.get(key)) is not None and refused.until > time.monotonic():
            return refused
        self.open += 1
        if key in self._given_up:
            return None
        if self._count >= MOST_WANTED:
            self.late = self.late or f"More than {MOST_WANTED:,} positions were looked for at once."
            return None
        if (wanted := self._wanted.get(key)) is None:
            wanted = self._wanted[key] = (subject, {})
        if question not in wanted[1]:
            wanted[1][question] = None
            self._count += 1
        return None

    @property
    def is_wanting(self) -> bool:
        return bool(self._wanted)

    def fetch(self) -> bool:
        """Ask everything that is wanted. Returns whether anything is known now that was not. Never raises an Exception."""
        wanted, self._wanted = self._wanted, {}
        self._count = 0
        is_more = False
        for subject, questions in wanted.values():
            is_more |= self._ask(subject, list(questions))
        return is_more

    def _ask(self, subject: Subject, questions: list[Any]) -> bool:
        is_more = False
        for start in range(0, len(questions), TOGETHER):
            some = questions[start : start + TOGETHER]
            if (left := self._patience - self.waited) <= 0:
                self._give_up(subject, "The look-up took too long.")
                return is_more
            try:
                with self._waiting():
                    answers = subject.ask(some, left)
            except Unreadable as error:
                refused = Refused(error.reason, time.monotonic() + _REFUSED_SECONDS)
                _answers.put(subject.key, refused, _OVERHEAD + len(error.reason))
                return True
            except Unavailable as error:
                self._give_up(subject, f"The look-up failed: {error}")
                return is_more
            except Exception as error:
                # A database or a storage that fails is met again by whoever called.
                log.warning("frames of project %d cannot be looked up now: %s", self.project_id, error)
                self._give_up(subject, f"The look-up failed: {error}")
                return is_more
            for question, answer in zip(some, answers, strict=False):
                value = NOTHING if answer is None else answer
                _answers.put((subject.key, question), value, _OVERHEAD + _size(answer))
            is_more = True
        return is_more

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - began

    def _give_up(self, subject: Subject, why: str) -> None:
        self._given_up.add(subject.key)
        self.late = self.late or why[:300]


def _size(answer: Any) -> int:
    """The characters of the texts in an answer, and something for each of its parts."""
    if isinstance(answer, str):
        return len(answer) * (1 if answer.isascii() else 4)
    if isinstance(answer, dict):
        return sum(64 + _size(value) for value in answer.values())
    if isinstance(answer, list | tuple):
        return sum(64 + _size(value) for value in answer)
    return 16 if answer is None or isinstance(answer, int | float) else 400
