"""The metrics that docs/operations.md lists are those that /metrics has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.lib import facts

ROOT = Path(__file__).parents[2]


def exposed() -> set[str]:
    """The names in the source of the metrics; Prometheus adds `_total` to a counter and `_info` to an info."""
    found: set[str] = set()
    for path in (ROOT / "rustrak/ops/metrics").glob("*.py"):
        source = path.read_text()
        found |= {f"rustrak_{name}" for name in re.findall(r'_gauge\(\s*"(\w+)"', source)}
        found |= {
            text for text in facts.strings(source).splitlines() if re.fullmatch(r"rustrak_\w+[a-z]", text)
        }
    return found


def test_every_metric_is_documented_and_no_other() -> None:
    page = (ROOT / "docs/operations.md").read_text().partition("## Metrics\n")[2]
    documented = {
        re.sub("_(total|info)$", "", name)
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(rustrak_\w+)", line)
    }
    assert len(documented) > 15
    assert documented == exposed()
