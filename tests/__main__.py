"""The whole test run: everything on SQLite, then every test that touches the database on PostgreSQL.

Arguments go to pytest. What this machine lacks is named at the end, not passed over.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import browser
from tests.lib import postgres


def _pytest(label: str, *arguments: str, **environment: str) -> bool:
    print(f"\n=== {label}", flush=True)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments, *sys.argv[1:]]
    return subprocess.run(command, check=False, env={**os.environ, **environment}).returncode == 0


def main() -> int:
    passed = _pytest("SQLite")
    missing = [] if browser.executable() else ["the browser tests: no chromium found"]
    if postgres.binaries() or os.environ.get("RUSTRAK_TEST_POSTGRES_URL"):
        passed &= _pytest("PostgreSQL", "-m", "database", RUSTRAK_TEST_DATABASE="postgres")
    else:
        missing.append("PostgreSQL: no initdb found and RUSTRAK_TEST_POSTGRES_URL is not set")
    for name in missing:
        print(f"SKIPPED {name}", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
