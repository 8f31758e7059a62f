"""How many things a process may do at a time."""

import os


def cores() -> int:
    """Cores that this process may use: no more than ``NPROC`` says, by which XLA goes as well."""
    # Not every system knows of affinities.
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = os.environ.get("NPROC", "")
    return min(found, max(1, int(told))) if told.isdecimal() else found
