"""The benchmark: a real server on this machine, the contract's payloads, CPU time beside wall-clock time."""
