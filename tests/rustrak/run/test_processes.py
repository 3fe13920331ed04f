from __future__ import annotations

import os
import subprocess
import sys

import pytest

FORKING = """
import logging, os, sys
from rustrak.lib.logs.output import Handler, say
from rustrak.run.processes import fork
logging.getLogger().addHandler(Handler())
say("started")
def body():
    logging.error("from the fork")
    if {code}:
        sys.exit("it failed")
pid = fork(body, "test")
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os._exit(code if code != {code} else 42)  # once: a fork must never come here
"""


@pytest.mark.parametrize("code", [0, 1])
def test_a_log_that_cannot_be_written_ends_no_process(code: int) -> None:
    """Its disk is full, or nobody reads the pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        for output in (full, writer):
            program = [sys.executable, "-c", FORKING.format(code=code)]
            done = subprocess.run(program, stdout=output, stderr=output, check=False, timeout=60)
            assert done.returncode == 42
    finally:
        os.close(full)
        os.close(writer)
