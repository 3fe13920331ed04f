"""Compares the table of settings in docs/operations.md with what rustrak/settings.py reads. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_UNITS = {1024: "KiB", 1024**2: "MiB", 1024**3: "GiB"}
#: Defaults that the document words: the expression as it is written in the code, and the cell of the table.
WORDED: Mapping[str, tuple[str, str]] = {
    "RUSTRAK_DATA": ('str(BASE_DIR / "data")', "`./data`"),
    "INGEST_DIR": ('str(DATA_DIR / "spool")', "`spool` in `RUSTRAK_DATA`"),
    "DATABASE_URL": ("None", "SQLite file in `RUSTRAK_DATA`"),
    "PUBLIC_URL": ("base(HOST, PORT)", "`http://HOST:PORT`"),
    "WEB_WORKERS": ("min(2, os.cpu_count() or 1)", "2, or 1 on one core"),
    "SESSION_SECRET_KEY": ('""', "generated, in `RUSTRAK_DATA`"),
    "OIDC_ISSUER": ('""', "the public one of Google, GitHub and GitLab"),
    "OIDC_GROUPS_CLAIM": ('""', "`groups`; Google has none"),
    "OIDC_ALLOWED_DOMAINS": ("frozenset()", "–"),
    "OIDC_NAME": ('""', "the provider's"),
    "MIN_FREE_BYTES": ("None", "512 MiB, or a tenth of a smaller file system"),
    "ATTACHMENTS_STORAGE": ("_FILES", "files in `RUSTRAK_DATA`"),
}


def read(source: str) -> dict[str, ast.expr]:
    """The variables that the source of settings.py reads, and the expression of each one's default."""
    return {
        node.args[0].value: node.args[1]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and len(node.args) > 1
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and re.fullmatch("[A-Z][A-Z_]+", node.args[0].value)
        and not (isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop", "setdefault"})
    }


def documented(markdown: str) -> dict[str, str]:
    """The variables in the table below the heading "Settings", and the cell of each one's default."""
    section = re.split(r"^## ", markdown.partition("## Settings\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found: dict[str, str] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| `") or len(cells) < 3:
            continue
        names = re.findall(r"`([A-Z][A-Z_]+)`", cells[0])
        defaults = cells[1].split(", ") if len(names) > 1 else [cells[1]]
        found |= (
            dict(zip(names, defaults, strict=False))
            if len(defaults) == len(names)
            else dict.fromkeys(names, "")
        )
    return found


def differences(source: str, markdown: str) -> list[str]:
    """One sentence for each variable that one of the two lacks, or whose defaults differ."""
    code, table = read(source), documented(markdown)
    problems = [
        f"{name} is read in settings.py and missing in the table" for name in code.keys() - table.keys()
    ]
    problems += [f"{name} is in the table and not read in settings.py" for name in table.keys() - code.keys()]
    constants = _constants(source)
    for name in code.keys() & table.keys():
        # Not ast.unparse, whose quotes depend on the version of Python.
        expression = " ".join((ast.get_source_segment(source, code[name]) or "").split())
        if name in WORDED:
            if (expression, table[name]) != WORDED[name]:
                problems.append(
                    f"{name}: the default is {expression} in settings.py and {table[name]!r} in the table; "
                    f"WORDED says {WORDED[name]}"
                )
        elif table[name] not in (cells := _cells(code[name], constants)):
            problems.append(f"{name}: the default is {' or '.join(cells)}, and {table[name]!r} in the table")
    return sorted(problems)


def _constants(source: str) -> dict[str, object]:
    """The numbers that the module names for its defaults."""
    found: dict[str, object] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = _number(node.value, found)
            except ValueError:
                continue
    return found


def _number(node: ast.expr, constants: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _number(node.left, constants), _number(node.right, constants)
        if isinstance(left, int) and isinstance(right, int):
            return left * right
    return ast.literal_eval(node)


def _cells(node: ast.expr, constants: Mapping[str, object]) -> list[str]:
    """How a default may be written in the table."""
    try:
        value = _number(node, constants)
    except ValueError:
        return [f"worded in WORDED, for {ast.unparse(node)}"]
    if isinstance(value, bool):
        return [f"`{str(value).lower()}`"]
    if isinstance(value, int):
        sizes = [f"{value // size} {unit}" for size, unit in _UNITS.items() if value and value % size == 0]
        return [*sizes, str(value), f"`{value}`"]
    return [f"`{value}`"] if isinstance(value, str) and value else ["–"]
