"""Figs. 4 and 5 of arXiv:2006.01948: the anomalous moments against the mixing angle and the tau coupling."""

from typing import Any, Final, Literal

import numpy as np

from zprimefit.datasets import moment_references
from zprimefit.models import Z2HDM
from zprimefit.plots.figure import Drawing
from zprimefit.plots.lines import Band, lines
from zprimefit.units import format_quantity

POINTS: Final = 201
LARGEST_PRODUCT: Final = 1e-6
"""End of the axis of Fig. 5: somewhat above the benchmark's 5.6e-7."""


def _curves(model: Z2HDM, lepton: Literal["e", "mu"], params: Any, symbol: str) -> dict[str, Any]:
    """Contribution of h', H and their sum at an array of points."""
    parts = model.delta_a_parts(lepton, params)
    each = {name: np.asarray(parts[name]) for name in ("H", "hprime")}
    return {
        f"{symbol}: sum": each["H"] + each["hprime"],
        f"{symbol}: H": each["H"],
        f"{symbol}: h'": each["hprime"],
    }


def _band(lepton: Literal["e", "mu"]) -> Band:
    (reference,) = (r for r in moment_references(lepton) if r.name == "paperA")
    return Band(reference.value, reference.sigma, f"{reference.value:.3g} $\\pm$ {reference.sigma:.2g}")


def figure4(model: Z2HDM | None = None) -> Drawing:
    """Delta a_mu against sin(delta) at fixed y^mu (Fig. 4, Eq. 33), with the band of Eq. 1 and the benchmark."""
    model = model or Z2HDM()
    table1 = model.benchmark()
    sine = np.linspace(0.0, 1.0, POINTS)
    curves = _curves(model, "mu", {**table1, "sin_delta": sine}, r"$\Delta a_\mu$")
    star = (table1["sin_delta"], float(model.delta_a("mu", table1)))
    light, heavy = (format_quantity(table1[name], "GeV") for name in ("m_hprime", "m_H"))
    masses = f"$m_{{h'}}$ = {light}, $m_H$ = {heavy}"
    return lines(
        sine,
        curves,
        xlabel=r"$\sin\delta$",
        ylabel=r"$\Delta a_\mu$",
        title=rf"$y^\mu$ = {table1['y_mu']:.2e}, {masses} (arXiv:2006.01948, Fig. 4)",
        band=_band("mu"),
        stars={"table1": star},
    )


def figure5(model: Z2HDM | None = None) -> Drawing:
    """Delta a_e against |y_etau y_taue|, the product being negative (Fig. 5, Eq. 34), with the band of Eq. 2."""
    model = model or Z2HDM()
    table1 = model.benchmark()
    product = np.linspace(0.0, LARGEST_PRODUCT, POINTS)
    curves = _curves(model, "e", {**table1, "y_etau_taue": -product}, r"$\Delta a_e$")
    star = (abs(table1["y_etau_taue"]), float(model.delta_a("e", table1)))
    return lines(
        product,
        curves,
        xlabel=r"$|y^{e\tau}y^{\tau e}|$",
        ylabel=r"$\Delta a_e$",
        title=r"$y^{e\tau}y^{\tau e} < 0$, other parameters of Table I (arXiv:2006.01948, Fig. 5)",
        band=_band("e"),
        stars={"table1": star},
    )
