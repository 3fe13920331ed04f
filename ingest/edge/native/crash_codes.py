"""The names of the numbers in a minidump: exceptions, signals, processors, platforms, registers. Pure.

Sources: Microsoft's NTSTATUS values and MINIDUMP_SYSTEM_INFO, signal(7) and sigaction(2), <mach/exception_types.h>.
"""

from __future__ import annotations

WINDOWS = {
    0x40010005: "DBG_CONTROL_C",
    0x80000001: "EXCEPTION_GUARD_PAGE",
    0x80000002: "EXCEPTION_DATATYPE_MISALIGNMENT",
    0x80000003: "EXCEPTION_BREAKPOINT",
    0x80000004: "EXCEPTION_SINGLE_STEP",
    0xC0000005: "EXCEPTION_ACCESS_VIOLATION",
    0xC0000006: "EXCEPTION_IN_PAGE_ERROR",
    0xC0000008: "EXCEPTION_INVALID_HANDLE",
    0xC0000017: "STATUS_NO_MEMORY",
    0xC000001D: "EXCEPTION_ILLEGAL_INSTRUCTION",
    0xC0000025: "EXCEPTION_NONCONTINUABLE_EXCEPTION",
    0xC0000026: "EXCEPTION_INVALID_DISPOSITION",
    0xC000008C: "EXCEPTION_ARRAY_BOUNDS_EXCEEDED",
    0xC000008D: "EXCEPTION_FLT_DENORMAL_OPERAND",
    0xC000008E: "EXCEPTION_FLT_DIVIDE_BY_ZERO",
    0xC000008F: "EXCEPTION_FLT_INEXACT_RESULT",
    0xC0000090: "EXCEPTION_FLT_INVALID_OPERATION",
    0xC0000091: "EXCEPTION_FLT_OVERFLOW",
    0xC0000092: "EXCEPTION_FLT_STACK_CHECK",
    0xC0000093: "EXCEPTION_FLT_UNDERFLOW",
    0xC0000094: "EXCEPTION_INT_DIVIDE_BY_ZERO",
    0xC0000095: "EXCEPTION_INT_OVERFLOW",
    0xC0000096: "EXCEPTION_PRIV_INSTRUCTION",
    0xC00000FD: "EXCEPTION_STACK_OVERFLOW",
    0xC0000135: "STATUS_DLL_NOT_FOUND",
    0xC0000194: "EXCEPTION_POSSIBLE_DEADLOCK",
    0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
    0xC0000420: "STATUS_ASSERTION_FAILURE",
    0xC06D007E: "DELAYLOAD_MODULE_NOT_FOUND",
    0xC06D007F: "DELAYLOAD_PROCEDURE_NOT_FOUND",
    0xE0434352: "CLR_EXCEPTION",
    0xE06D7363: "CPP_EXCEPTION",
    0x0517A7ED: "SIMULATED_EXCEPTION",
}
# The first parameter of an access violation.
WINDOWS_ACCESS = {0: "READ", 1: "WRITE", 8: "EXEC"}

SIGNALS = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
    9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    16: "SIGSTKFLT", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    0xFFFFFFFF: "DUMP_REQUESTED", 0x0517A7ED: "SIMULATED_EXCEPTION",
}  # fmt: skip
SIGNAL_CODES = {
    ("SIGILL", 1): "ILL_ILLOPC", ("SIGILL", 2): "ILL_ILLOPN", ("SIGILL", 3): "ILL_ILLADR",
    ("SIGILL", 4): "ILL_ILLTRP", ("SIGILL", 5): "ILL_PRVOPC", ("SIGILL", 6): "ILL_PRVREG",
    ("SIGILL", 7): "ILL_COPROC", ("SIGILL", 8): "ILL_BADSTK",
    ("SIGTRAP", 1): "TRAP_BRKPT", ("SIGTRAP", 2): "TRAP_TRACE", ("SIGTRAP", 3): "TRAP_BRANCH",
    ("SIGTRAP", 4): "TRAP_HWBKPT",
    ("SIGBUS", 1): "BUS_ADRALN", ("SIGBUS", 2): "BUS_ADRERR", ("SIGBUS", 3): "BUS_OBJERR",
    ("SIGFPE", 1): "FPE_INTDIV", ("SIGFPE", 2): "FPE_INTOVF", ("SIGFPE", 3): "FPE_FLTDIV",
    ("SIGFPE", 4): "FPE_FLTOVF", ("SIGFPE", 5): "FPE_FLTUND", ("SIGFPE", 6): "FPE_FLTRES",
    ("SIGFPE", 7): "FPE_FLTINV", ("SIGFPE", 8): "FPE_FLTSUB",
    ("SIGSEGV", 1): "SEGV_MAPERR", ("SIGSEGV", 2): "SEGV_ACCERR", ("SIGSEGV", 3): "SEGV_BNDERR",
    ("SIGSEGV", 4): "SEGV_PKUERR",
    ("SIGSYS", 1): "SYS_SECCOMP",
}  # fmt: skip
# si_code of any signal.
ANY_SIGNAL_CODES = {0: "SI_USER", 0x80: "SI_KERNEL", 0xFFFFFFFF: "SI_QUEUE", 0xFFFFFFFA: "SI_TKILL"}

MACH = {
    1: "EXC_BAD_ACCESS", 2: "EXC_BAD_INSTRUCTION", 3: "EXC_ARITHMETIC", 4: "EXC_EMULATION", 5: "EXC_SOFTWARE",
    6: "EXC_BREAKPOINT", 7: "EXC_SYSCALL", 8: "EXC_MACH_SYSCALL", 9: "EXC_RPC_ALERT", 10: "EXC_CRASH",
    11: "EXC_RESOURCE", 12: "EXC_GUARD", 13: "EXC_CORPSE_NOTIFY", 0x0517A7ED: "SIMULATED_EXCEPTION",
}  # fmt: skip
MACH_CODES = {
    ("EXC_BAD_ACCESS", 1): "KERN_INVALID_ADDRESS",
    ("EXC_BAD_ACCESS", 2): "KERN_PROTECTION_FAILURE",
    ("EXC_BAD_ACCESS", 50): "KERN_CODESIGN_ERROR",
    ("EXC_BAD_ACCESS", 0x101): "EXC_ARM_DA_ALIGN",
    ("EXC_BAD_ACCESS", 13): "EXC_I386_GPFLT",
    ("EXC_BAD_INSTRUCTION", 1): "EXC_I386_INVOP",
    ("EXC_ARITHMETIC", 1): "EXC_I386_DIV",
    ("EXC_BREAKPOINT", 1): "EXC_I386_SGL",
    ("EXC_BREAKPOINT", 2): "EXC_I386_BPT",
}

PROCESSORS = {
    0: "x86", 1: "mips", 3: "ppc", 5: "arm", 9: "x86_64", 10: "x86", 12: "arm64",
    0x8001: "sparc", 0x8002: "ppc64", 0x8003: "arm64", 0x8004: "mips64", 0x8005: "riscv", 0x8006: "riscv64",
}  # fmt: skip
PLATFORMS = {
    0: "Windows", 1: "Windows", 2: "Windows", 3: "Windows CE", 0x8000: "Unix", 0x8101: "macOS", 0x8102: "iOS",
    0x8201: "Linux", 0x8202: "Solaris", 0x8203: "Android", 0x8204: "PS3", 0x8205: "NaCl", 0x8206: "Fuchsia",
}  # fmt: skip


def _rows(first: int, width: int, names: str) -> dict[str, int]:
    return {name: first + width * index for index, name in enumerate(names.split())}


# Processor → (bytes per register, the offset of each in the thread's context).
REGISTERS: dict[str, tuple[int, dict[str, int]]] = {
    "x86": (4, _rows(0x9C, 4, "edi esi ebx edx ecx eax ebp eip") | {"eflags": 0xC0, "esp": 0xC4}),
    "x86_64": (8, _rows(0x78, 8, "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip")),
    "arm": (4, _rows(4, 4, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc")),
    "arm64": (8, _rows(8, 8, " ".join(f"x{number}" for number in range(29)) + " fp lr sp pc")),
}
INSTRUCTION_POINTERS = ("rip", "eip", "pc")
