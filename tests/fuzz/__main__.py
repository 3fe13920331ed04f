"""Coverage-guided fuzzing with atheris: `python -m tests.fuzz TARGET [libFuzzer options]`, from the root.

New inputs go to tests/fuzz/found/TARGET; `-merge=1 tests/fuzz/corpus/TARGET tests/fuzz/found/TARGET` keeps those
that reach new code. The corpus is replayed by the tests without atheris.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent

# The targets use no database; pages ask for settings, templates and URLs.
os.environ["DJANGO_SETTINGS_MODULE"] = "rustrak.settings"

with atheris.instrument_imports(
    include=["ingest", "issues.payload", "issues.symbols.child", "issues.render", "rustrak.lib"]
):
    import django
    from django.conf import settings

    import tests.lib.environment  # noqa: F401  before the settings are read

    django.setup()
    # The real one reads a manifest that only collectstatic writes.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    from tests.fuzz import targets


def main() -> None:
    name, *options = sys.argv[1:]
    target = targets.TARGETS[name]
    found, corpus = HERE / "found" / name, HERE / "corpus" / name
    if not any(option.startswith("-merge") for option in options):
        found.mkdir(parents=True, exist_ok=True)
        corpus.mkdir(parents=True, exist_ok=True)
        options += [str(found), str(corpus)]
    # Merging starts this again through a shell.
    atheris.Setup([f"{sys.executable} -m tests.fuzz {name}", *options], target)
    atheris.Fuzz()


main()
