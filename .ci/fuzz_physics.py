"""-2 ln L all over the domains of the packaged analyses: python fuzz_physics.py [POINTS [SLOPES [ANALYSIS...]]]."""

import sys
from pathlib import Path

import numpy as np

import zprimefit
from zprimefit.analyses import packaged

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.domain import blamed, search

SHOWN = 5


def main():
    n, slopes = (int(a) for a in [*sys.argv[1:3], *("100000", "400")[len(sys.argv[1:3]) :]])
    wrong = False
    for name in sys.argv[3:] or packaged():
        analysis = zprimefit.load(name)
        found = search(analysis, n, slopes=slopes)
        print(f"{name}: {found}", flush=True)
        wrong |= not found.none
        for kind in ("no_number", "without_reason", "without_slope"):
            for point in getattr(found, kind)[:SHOWN]:
                at = dict(zip(analysis.free_parameters, map(float, point), strict=True))
                print(f"  {kind}: {blamed(analysis, np.asarray(point))} at {at}", flush=True)
    raise SystemExit(int(wrong))


if __name__ == "__main__":
    main()
