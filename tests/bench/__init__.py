"""The benchmark: loads a real server on this machine and measures CPU time and wall-clock time."""
