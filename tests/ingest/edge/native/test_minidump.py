from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.edge.native import crash_event, minidump
from ingest.edge.native.minidump import Minidump, NotMinidump
from tests.lib.examples import at_most
from tests.lib.minidumps import ARM, ARM64, GUID, LINUX, MACOS, WINDOWS, X86, X86_64, Dump

BUILD_ID = bytes.fromhex("93ac61ec5a8eb1396f9fbd350e3169a558528a40")
BASE = 0x7F00_0000_0000


def read(data: bytes) -> Minidump:
    return minidump.read(lambda at, length: data[at : at + length], len(data))


def a_dump(order: str = "<") -> Dump:
    dump = Dump(order, build="#1 SMP", threads={3: "", 7: "main", 9: "größe"})
    dump.modules = [
        ("/usr/bin/game", BASE, 0x5000, dump.build_id(BUILD_ID)),
        ("libc.so.6", BASE + 0x10_0000, 0x2000, b""),
    ]
    return dump


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("aligned", [False, True])
def test_a_linux_crash(order: str, aligned: bool) -> None:
    dump = a_dump(order)
    dump.aligned = aligned
    found = read(bytes(dump))
    assert (found.system, found.system_version, found.system_build) == ("Linux", "6.1.7", "#1 SMP")
    assert (found.processor, found.timestamp) == ("x86_64", 1_795_000_000)
    assert found.crash == minidump.Crash(7, 11, 1, "SIGSEGV", "SEGV_MAPERR", 0xDEAD)
    assert found.instruction == BASE + 0x1234
    assert [(module.name, module.address, module.size) for module in found.modules] == [
        ("/usr/bin/game", BASE, 0x5000), ("libc.so.6", BASE + 0x10_0000, 0x2000),
    ]  # fmt: skip
    assert found.modules[0].code_id == BUILD_ID.hex()
    if order == "<":
        assert found.modules[0].debug_id == "ec61ac93-8e5a-39b1-6f9f-bd350e3169a5"
    assert found.modules[1].debug_id is None
    assert [(thread.id, thread.name) for thread in found.threads] == [(3, None), (7, "main"), (9, "größe")]


def test_a_windows_crash() -> None:
    dump = Dump(
        platform=WINDOWS, version=(10, 0, 22631), exception=(7, 0xC0000005, 0, 0x40_1234, (1, 0xBEEF))
    )
    dump.modules = [("C:\\Game\\game.exe", 0x40_0000, 0x5000, dump.rsds("C:\\build\\game.pdb", 2))]
    dump.instruction = 0x40_1234
    found = read(bytes(dump))
    assert found.crash is not None
    assert (found.crash.name, found.crash.address) == ("EXCEPTION_ACCESS_VIOLATION_WRITE", 0xBEEF)
    (module,) = found.modules
    assert (module.kind, module.debug_id, module.code_id) == ("pe", f"{GUID}-2", "5ab380775000")
    assert module.debug_file == "C:\\build\\game.pdb"
    event = crash_event.event({}, found)
    assert (
        event["exception"]["values"][0]["value"]
        == "EXCEPTION_ACCESS_VIOLATION_WRITE at 0xbeef in game.exe + 0x1234"
    )


def test_a_mac_crash() -> None:
    dump = Dump(platform=MACOS, processor=ARM64, exception=(7, 1, 1, 0x10, ()))
    dump.modules = [("/Applications/Game", BASE, 0x5000, dump.rsds("Game", 0))]
    found = read(bytes(dump))
    assert found.crash is not None
    assert (found.crash.name, found.crash.code_name) == ("EXC_BAD_ACCESS", "KERN_INVALID_ADDRESS")
    assert (found.modules[0].kind, found.modules[0].debug_id) == ("macho", str(GUID))
    assert found.modules[0].code_id == GUID.hex
    meta = crash_event.event({}, found)["exception"]["values"][0]["mechanism"]["meta"]
    assert meta == {"mach_exception": {"exception": 1, "code": 1, "name": "EXC_BAD_ACCESS"}}


@pytest.mark.parametrize(
    ("processor", "register"), [(X86, "eip"), (ARM, "pc"), (X86_64, "rip"), (ARM64, "pc")]
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_instruction_pointers(processor: int, register: str, order: str) -> None:
    found = read(bytes(Dump(order, processor=processor, instruction=0x1234_5678)))
    assert found.registers[register] == found.instruction == 0x1234_5678


@pytest.mark.parametrize(
    ("platform", "code", "flags", "name", "code_name"),
    [
        (LINUX, 6, 0xFFFFFFFA, "SIGABRT", "SI_TKILL"), (LINUX, 99, 0, "signal 99", "SI_USER"),
        (LINUX, 0xFFFFFFFF, 5, "DUMP_REQUESTED", None), (WINDOWS, 0xC00000FD, 0, "EXCEPTION_STACK_OVERFLOW", None),
        (WINDOWS, 0x12345678, 0, "0x12345678", None), (MACOS, 6, 2, "EXC_BREAKPOINT", "EXC_I386_BPT"),
        (MACOS, 77, 2, "0x0000004d", None), (0x7777, 11, 0, "0x0000000b", None),
    ],
)  # fmt: skip
def test_names(platform: int, code: int, flags: int, name: str, code_name: str | None) -> None:
    crash = read(bytes(Dump(platform=platform, exception=(7, code, flags, 0, ())))).crash
    assert crash is not None
    assert (crash.name, crash.code_name) == (name, code_name)


@pytest.mark.parametrize("data", [b"", b"MDMP", b"MDMP" + b"\xff" * 40, b"\0" * 100, bytes(a_dump())[4:]])
def test_what_is_not_a_minidump(data: bytes) -> None:
    with pytest.raises(NotMinidump):
        read(data)


def test_a_truncated_dump_is_read_as_far_as_possible() -> None:
    whole = bytes(a_dump())
    found = read(whole[:-20])
    assert found.crash is not None
    for cut in range(92, len(whole), 7):
        read(whole[:cut])


def test_an_empty_dump() -> None:
    found = read(b"MDMP" + b"\0" * 28)
    assert (found.crash, found.modules, found.instruction) == (None, (), None)
    event = crash_event.event({}, found)
    assert event["exception"]["values"][0]["value"] == "A dump without an exception"


@settings(max_examples=at_most(300))
@given(st.data())
def test_mutated_dumps(data: st.DataObject) -> None:
    dump = bytearray(bytes(a_dump(data.draw(st.sampled_from("<>")))))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(4, len(dump) - 4))
        number = data.draw(st.sampled_from([0, 1, 4, 32, 0xFFFF, 0xFFFFFFFF, 0x80000000, len(dump)]))
        dump[at : at + 4] = number.to_bytes(4, data.draw(st.sampled_from(["little", "big"])))  # type: ignore[arg-type]
    try:
        found = read(bytes(dump))
    except NotMinidump:
        return
    event = crash_event.event({}, found)
    assert event["exception"]["values"][0]["type"]


@given(st.binary(max_size=400))
def test_garbage(data: bytes) -> None:
    try:
        read(b"MDMP" + data)
    except NotMinidump:
        pass


def test_declared_sizes_cost_little() -> None:
    """All offsets overlap, and all sizes are as large as possible."""
    rng = random.Random(7)
    size = 200_000
    data = bytearray(rng.randbytes(size))
    data[:32] = (
        b"MDMP"
        + (0).to_bytes(4, "little")
        + (0xFFFF).to_bytes(4, "little")
        + (32).to_bytes(4, "little")
        + bytes(16)
    )
    for at, kind in zip(range(32, 32 + 12 * 5, 12), (3, 4, 6, 7, 24), strict=True):
        data[at : at + 12] = b"".join(number.to_bytes(4, "little") for number in (kind, size - 1000, 1000))
    data[1000:1004] = b"\xff" * 4
    taken = 0

    def source(at: int, length: int) -> bytes:
        nonlocal taken
        taken += length
        return bytes(data[at : at + length])

    started = time.process_time()
    minidump.read(source, size)
    assert time.process_time() - started < 1
    assert taken <= minidump.MAX_READ_BYTES
