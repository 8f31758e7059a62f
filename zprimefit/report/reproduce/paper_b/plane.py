"""Fig. 1 of paper B: kinetic mixing and g_BL that searches allow, for Z' of several masses."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from zprimefit.models.blsm.gauge import Mixing
from zprimefit.plots.figure import Drawing
from zprimefit.plots.planes import Plane, planes
from zprimefit.report.reproduce.paper_b.allowed import NINETY, raised_in_plane

Array = NDArray[np.float64]
MASSES: Final = (2e-3, 5e-3, 1e-2, 2e-2, 3e-2, 6e-2, 0.13)
"""[GeV], over the range of Fig. 6."""
SIGNS: Final = {-1: r"$g_{B-L} < 0$", 1: r"$g_{B-L} > 0$"}
DOTS: Final = 7


def figure1(mixing: Mixing, shape: tuple[int, int] = (65, 201)) -> Drawing:
    """Where a Z' of 2 to 130 MeV is allowed in the plane of gt and g_BL.

    *As printed*: theta' = 3e-3, couplings of Eqs. 14 and 15, the searches of section 3: nothing is left but a line
    where the coupling of neutrinos vanishes, and the Z' with it from searches for invisible decays. *Corrected*: theta'
    from gt, today's searches. Dots: the largest |g_BL| for a mixing, with the mass [MeV] that allows it.

    Parameters
    ----------
    mixing : ``"as_printed"`` or ``"consistent"``.
    shape : numbers of gt and of g_BL.
    """
    g_tilde, sizes = np.geomspace(1e-6, 1.0, shape[0]), np.geomspace(1e-7, 1e-2, shape[1])
    panels = []
    for sign, label in SIGNS.items():
        tables = {mass: raised_in_plane(mixing, mass, g_tilde, sign * sizes) for mass in MASSES}
        curves = {f"{1e3 * mass:g} MeV": table for mass, table in tables.items()}
        panels.append(Plane(label, g_tilde, sizes, curves, _dots(tables, g_tilde, sizes)))
    which = r"as printed, $\theta' = 3\times 10^{-3}$" if mixing == "as_printed" else r"consistent, $\theta'(\tilde g)$"
    return planes(
        panels,
        threshold=NINETY,
        dots="largest $|g_{B-L}|$,\nby $m_{Z'}$ [MeV]",
        xlabel=r"$\tilde g$",
        ylabel=r"$|g_{B-L}|$",
        title=(
            f"Allowed by searches together, 90 % CL, 1 dof ($\\Delta\\chi^2$ = {NINETY:.2f}), {which} (paper B, Fig. 1)"
        ),
    )


def _dots(tables: dict[float, Array], g_tilde: Array, sizes: Array) -> list[tuple[float, float, str]]:
    """Points on the frontier with the mass in MeV that allows them."""
    found = []
    for i in np.unique(np.linspace(0, len(g_tilde) - 1, DOTS).astype(int)):
        largest = {m: np.flatnonzero(table[i] < NINETY)[-1:] for m, table in tables.items()}
        allowed = {m: int(k[0]) for m, k in largest.items() if k.size}
        if allowed:
            mass = max(allowed, key=allowed.__getitem__)
            found.append((float(g_tilde[i]), float(sizes[allowed[mass]]), f"{1e3 * mass:g}"))
    return found
