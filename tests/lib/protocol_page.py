"""Reads the tables of docs/protocol.md."""

from __future__ import annotations

import re

from tests.lib.sources import ROOT

PAGE = (ROOT / "docs/protocol.md").read_text()


def rows(heading: str, page: str = PAGE) -> list[list[str]]:
    """The cells of the tables below a heading, without the tables' heads."""
    section = re.split(rf"^##+ (?:\d+\. )?{re.escape(heading)}\n", page, flags=re.MULTILINE)[1]
    section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    heads = [index - 1 for index, line in enumerate(lines) if line.startswith("|---")]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for index, line in enumerate(lines)
        if index not in heads and index - 1 not in heads
    ]
