from __future__ import annotations

import pytest

from issues.pages.artifacts.setting_up import TOOLS, Tool, filled, tool_of


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.key)
def test_each_tool_is_told_the_project_and_the_address(tool: Tool) -> None:
    steps = filled(tool, url="https://errors.example.com/sub", project="shop")
    code = "\n".join(step.code for step in steps)
    assert "https://errors.example.com/sub" in code
    assert "shop" in code
    assert "rustrak" in code
    assert "@URL@" not in code
    assert "@PROJECT@" not in code
    assert all(len(line) < 160 for step in steps for line in step.code.splitlines())


def test_an_unknown_tool_is_the_first() -> None:
    assert len({tool.key for tool in TOOLS}) == len(TOOLS)
    assert tool_of("native").name == "Native"
    assert tool_of("<x>") is TOOLS[0]
