from __future__ import annotations

from threading import Thread

from rustrak.local_times import current
from rustrak.local_times.style import Style


def test_utc_outside_of_pages() -> None:
    assert current.style() == Style()


def test_the_reader_is_asked_once_when_a_time_is_shown() -> None:
    asked = []

    def find() -> Style:
        asked.append(1)
        return Style(form="iso")

    with current.shown_as(find):
        assert asked == []
        assert current.style() == current.style() == Style(form="iso")
    assert asked == [1]
    assert current.style() == Style()


def test_a_thread_has_a_reader_of_its_own() -> None:
    seen = []
    with current.shown_as(lambda: Style(form="iso")):
        thread = Thread(target=lambda: seen.append(current.style()))
        thread.start()
        thread.join()
    assert seen == [Style()]
