from __future__ import annotations

import pytest

from accounts.access import READS, Capability
from accounts.tokens import presets


def test_every_capability_is_explained_in_a_line() -> None:
    assert set(presets.MEANINGS) == set(Capability)
    assert all(0 < len(each) < 80 for each in presets.MEANINGS.values())


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (None, "everything that you may do"),
        (READS, "reading"),
        (READS - {"audit:read"}, "reading"),
        (READS - {"event:read"}, "alerts:read, audit:read, member:read, org:read, project:read, team:read"),
        (["project:releases", "org:read"], "uploads and releases"),
        (["event:write"], "event:write"),
    ],
)
def test_words(capabilities: list[str] | None, said: str) -> None:
    assert presets.words(capabilities) == said


def test_a_preset_is_no_more_than_what_the_person_can_have() -> None:
    own = frozenset({Capability.EVENT_READ, Capability.EVENT_WRITE})
    assert presets.allowed(READS, own) == {Capability.EVENT_READ}
    assert presets.allowed(None, own) is None
