from __future__ import annotations

import pytest

from rustrak.run.listener import CannotListen, listen
from tests.lib.live import free_port


def test_a_port_in_use_is_named_with_an_example() -> None:
    port = free_port()
    with listen("127.0.0.1", port), pytest.raises(CannotListen) as problem:
        listen("127.0.0.1", port)
    assert f"PORT={port} on 127.0.0.1 is in use" in str(problem.value)
    assert f"Example: PORT={port + 1}" in str(problem.value)


def test_names_and_addresses_of_both_families_work() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        listen(host, free_port()).close()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotListen, match=r"HOST='192\.0\.2\.1'.*Example: HOST=127\.0\.0\.1"):
        listen("192.0.2.1", free_port())
