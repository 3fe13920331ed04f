from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.mapping.events import map_completely, mapped
from issues.mapping.frames import MOST_FRAMES, MOST_OF_STACK, map_event
from issues.mapping.known import Known
from issues.mapping.sent_event import SentEvent
from tests.lib.growth import assert_linear
from tests.lib.mapping import DEBUG_ID, URL, Uploads, browser_event, frames_of, original, uploads

ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(
    ["", URL, DEBUG_ID, "0x1020", "a.b", "native", "java", "javascript", "rel:1", "\0", "\ud800", "sourcemap", "proguard"]
)  # fmt: skip
ANY = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD.map(str), inner, max_size=3),
    max_leaves=6,
)
FRAME = ANY | st.dictionaries(
    st.sampled_from(
        [
            "abs_path",
            "filename",
            "function",
            "module",
            "lineno",
            "colno",
            "instruction_addr",
            "addr_mode",
            "platform",
            "in_app",
            "debug_id",
        ]
    ),
    ANY,
)
FRAMES = st.lists(FRAME, max_size=4)
STACK = ANY | FRAMES | st.fixed_dictionaries({"frames": FRAMES | FRAMES.map(lambda some: {"values": some})})
THROWN = ANY | st.fixed_dictionaries({"type": ANY, "module": ANY, "value": ANY, "stacktrace": STACK})
LISTED = (
    ANY
    | st.lists(THROWN, max_size=2)
    | st.fixed_dictionaries({"values": st.lists(THROWN, max_size=2), "stacktrace": STACK})
)
IMAGES = ANY | st.lists(
    ANY
    | st.dictionaries(
        st.sampled_from(["type", "code_file", "debug_id", "uuid", "image_addr", "image_size", "name"]), ANY
    ),
    max_size=3,
)
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "platform": ANY, "release": ANY, "dist": ANY, "tags": ANY, "sdk": ANY, "exception": LISTED, "threads": LISTED,
        "stacktrace": STACK, "debug_meta": ANY | st.fixed_dictionaries({"images": IMAGES}),
    },
)  # fmt: skip


@pytest.fixture(scope="module", name="everything")
def _everything() -> Any:
    """A project in which everything is found."""
    with pytest.MonkeyPatch.context() as patch:
        fake = uploads(patch)

        class _Positions(dict[Any, Any]):
            def get(self, key: Any, default: Any = None) -> Any:
                return original(1)

        fake.add_script(1, _Positions(), key=URL)
        fake.add_script(1, _Positions())
        yield fake


@settings(max_examples=40)
@given(event=EVENT)
def test_any_event_is_mapped_without_an_error_and_stays_as_it_was(
    everything: Uploads, event: dict[str, Any]
) -> None:
    before = deepcopy(event)
    for _ in range(2):
        known = Known(1, 1, context=2, patience=5)
        found = map_completely(SentEvent(event), known)
        first = found.payload(event)
        assert str(event) == str(before)
        assert not known.is_wanting
    # Not by the functions that swallow what is raised.
    assert str(map_event(SentEvent(event), known).payload(event)) == str(first)


def test_growth(everything: Uploads) -> None:
    def many_frames(size: int) -> SentEvent:
        return SentEvent(browser_event(*((1, column) for column in range(1, size))))

    def many_stacks(size: int) -> SentEvent:
        thrown = browser_event((1, 1))["exception"]["values"] * size
        return SentEvent(browser_event(exception={"values": thrown}, threads={"values": thrown}))

    def many_images(size: int) -> SentEvent:
        images = [{"type": "elf", "image_addr": hex(n), "debug_id": DEBUG_ID} for n in range(size)]
        frames = [{"instruction_addr": hex(n)} for n in range(size)]
        return SentEvent(
            {"platform": "native", "stacktrace": {"frames": frames}, "debug_meta": {"images": images}}
        )

    for make in (many_frames, many_stacks, many_images):
        assert_linear(
            make, lambda event: map_completely(event, Known(1, 1, context=0, patience=5)), largest=1 << 12
        )


def test_only_the_newest_frames_of_a_huge_stack_are_looked_up(everything: Uploads) -> None:
    sent = browser_event(*((1, column) for column in range(1, MOST_OF_STACK + 101)))
    found = map_completely(SentEvent(sent), Known(1, 1, context=0, patience=5))
    readable = found.payload(sent)
    assert readable is not None
    assert found.left_out == 100
    assert frames_of(readable)[:100] == frames_of(sent)[:100]
    assert {frame["filename"] for frame in frames_of(readable)[100:]} == {"src/cart.ts"}
    assert MOST_FRAMES >= MOST_OF_STACK


def test_a_frame_of_each_platform_in_one_stack(everything: Uploads) -> None:
    event = browser_event((1, 1))
    frames_of(event).insert(0, {"platform": "java", "module": "a.b", "function": "c"})
    frames_of(event).append({"platform": "native", "instruction_addr": "0x10"})
    done = mapped(1, 1, event, origins=True)
    assert done is not None
    assert (done.count, done.of) == (1, 2)
