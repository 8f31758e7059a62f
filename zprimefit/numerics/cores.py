"""How many things a process may do at a time."""

import os

from threadpoolctl import threadpool_limits


def cores() -> int:
    """Cores that this process may use: no more than ``NPROC`` says, by which XLA goes as well."""
    # Not every system knows of affinities.
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = os.environ.get("NPROC", "")
    return min(found, max(1, int(told))) if told.isdecimal() else found


def one_blas_thread() -> None:
    """Have BLAS use one thread in this process, whatever it did before.

    Its others, woken by a product of a few rows, go on to spin for more of them, on the cores that this process' own
    threads and XLA's wait for: two gradients at a time took ten times as long as one.
    """
    import scipy.linalg  # noqa: F401, PLC0415  (slow to import; JAX calls the BLAS that comes with it)

    threadpool_limits(limits=1, user_api="blas")
