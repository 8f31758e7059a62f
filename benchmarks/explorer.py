"""How fast the explorer's page follows a slider, in one run: `python benchmarks/explorer.py [ANALYSIS ...]`.

The server's share: from a slider's event to everything that is sent to the browser, without a browser. Beside it the
time that the process itself was busy, as other work on the machine does not count there, and the likelihood alone.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.document import Document

import zprimefit
from zprimefit.report.explorer import Explorer
from zprimefit.report.explorer_page import Page
from zprimefit.report.explorer_plane import plane_of

EVENTS = 200


def medians_ms(call: Callable[[int], Any]) -> tuple[float, float]:
    """Medians of wall time and of the process's own time [ms] of a call with 0 to EVENTS - 1."""
    times = []
    for i in range(EVENTS):
        wall, busy = time.perf_counter(), time.process_time()
        call(i)
        times.append((time.perf_counter() - wall, time.process_time() - busy))
    wall_ms, busy_ms = 1e3 * np.median(times, axis=0)
    return float(wall_ms), float(busy_ms)


def measure(name: str) -> None:
    """Print one analysis."""
    begun = time.perf_counter()
    explorer = Explorer(zprimefit.load(name).prepare())
    loaded = time.perf_counter()
    explorer.look(explorer.start)
    ready = time.perf_counter()
    print(f"{name}: loaded in {loaded - begun:.1f} s, first point after {ready - loaded:.1f} s more", flush=True)
    page = Page(explorer, plane_of(explorer.analysis), Document())
    low, high = explorer.sliders[0].ends
    positions = np.linspace(low, high, EVENTS)

    def slide(i: int) -> None:
        page.sliders[0].value = float(positions[i])
        page.seen.data = {"n": [i]}

    for what, call in (
        ("a slider's event", slide),
        ("of which the point", lambda _i: explorer.look(page.values)),
        ("-2 ln L alone", lambda _i: explorer.analysis.minus2lnl(page.values)),
    ):
        wall, busy = medians_ms(call)
        print(f"{name}: {what}: {wall:.1f} ms, {busy:.1f} ms busy, {1e3 / wall:.0f} a second", flush=True)


for analysis in sys.argv[1:] or ("z2hdm-miniboone", "z2hdm-global"):
    measure(analysis)
