from __future__ import annotations

from issues.mapping.events import mapped
from tests.lib.mapping import Uploads

ID = "0755d6f3-d454-610e-7954-9c178ee85c8a"


def test_names_of_exceptions(uploads: Uploads) -> None:
    uploads.add_file(1, "dart_symbols", ID, {"xyz": "EmptyCart", "ab": "Cart"})
    event = {
        "platform": "other",
        "sdk": {"name": "sentry.dart.flutter"},
        "exception": {"values": [{"type": "xyz", "value": "Instance of 'ab' in Instance of 'q'"}]},
        "debug_meta": {"images": [{"type": "elf", "debug_id": ID}]},
    }
    done = mapped(1, 1, event)
    assert done is not None
    assert done.payload["exception"]["values"] == [
        {"type": "EmptyCart", "value": "Instance of 'Cart' in Instance of 'q'"}
    ]
    assert mapped(1, 1, event | {"sdk": {"name": "sentry.native"}}) is None
    assert mapped(2, 1, event) is None
