"""Where a coupling reaches a published limit, mass by mass, and Fig. 6 of arXiv:2006.01948 made of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.likelihoods.anomalies import AnomalousBaryonNumber
from zprimefit.likelihoods.component import Params
from zprimefit.names import check_name
from zprimefit.plots.exclusion import Limit, exclusion
from zprimefit.plots.figure import Drawing

Array = NDArray[np.float64]
COUPLING, MASS = "g_B", "m_zprime"
ANOMALY_LABELS = {
    "b-to-k": r"$B\to KZ'$",
    "k-to-pi": r"$K\to\pi Z'$",
    "z-to-photon": r"$Z\to\gamma Z'$",
    "anomalon": "anomalons",
}
NO_NUMBERS = ("oscillation bounds of 1805.04530 and 1910.03272", "DUNE", "T2HK", "DONuT", "SHiP", "FASERnu", "SND@LHC")
"""Curves of the left panel, and what its caption names, that were not found as numbers."""


def crossing(mu: Array, couplings: Array) -> Array:
    """Coupling where mu first exceeds 1, interpolated in log-log; NaN where it does not.

    Parameters
    ----------
    mu : (n_masses, n_couplings).
    couplings : (n_couplings,), ascending.
    """
    above = mu >= 1
    k = np.clip(np.argmax(above, axis=1), 1, None)
    rows = np.arange(len(mu))
    # beyond a crossing, where the line is not asked for, it may lead anywhere
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        low, high = np.log(mu[rows, k - 1]), np.log(mu[rows, k])
        share = np.where(high > low, -low / (high - low), np.nan)
        logs = np.log(couplings)
        found = np.exp(logs[k - 1] + share * (logs[k] - logs[k - 1]))
    return np.where(above.any(axis=1) & ~above[:, 0], found, np.where(above[:, 0], couplings[0], np.nan))


def upper_crossing(mu: Array, couplings: Array) -> Array:
    """Coupling beyond which mu is below 1 for good; infinite where it never is, NaN where it never was above.

    Parameters
    ----------
    mu : (n_masses, n_couplings).
    couplings : (n_couplings,), ascending.
    """
    backwards = crossing(mu[:, ::-1], 1 / couplings[::-1])
    return np.where((mu[:, -1] >= 1), np.inf, 1 / backwards)


def coupling_range(
    mu: Any, params: Params, masses: Array, couplings: Array, *, coupling: str = COUPLING, mass: str = MASS
) -> tuple[Array, Array]:
    """Couplings between which a limit is exceeded at each mass, (n_masses,) each, all else as in `params`.

    The lower one is NaN where no coupling reaches the limit, the upper one infinite where nothing ends the exclusion.

    Parameters
    ----------
    mu : params -> rate over the rate at the limit; traceable by JAX.
    params : values by name.
    masses, couplings : values to evaluate at [GeV and dimensionless], ascending; the limit is interpolated between.
    coupling, mass : names of the parameters.
    """

    def at(m: Any, g: Any) -> Any:
        return mu({**params, mass: m, coupling: g})

    table = jax.jit(jax.vmap(jax.vmap(at, (None, 0)), (0, None)))(jnp.asarray(masses), jnp.asarray(couplings))
    rates, tried = np.asarray(table), np.asarray(couplings)
    return crossing(rates, tried), upper_crossing(rates, tried)


def coupling_limit(
    mu: Any, params: Params, masses: Array, couplings: Array, *, coupling: str = COUPLING, mass: str = MASS
) -> Array:
    """Lower end of :func:`coupling_range`, (n_masses,); NaN where no coupling reaches the limit."""
    return coupling_range(mu, params, masses, couplings, coupling=coupling, mass=mass)[0]


def figure6(
    model: Any, params: Params, panel: str = "right", *, others: Mapping[str, Any] | None = None, n: int = 160
) -> Drawing:
    """Limits on g_B of one gauge group against m_Z', invisible decays as in the model.

    Parameters
    ----------
    model : of U(1)_B for the right panel; of U(1)_{B-3L_tau} for the left one, where no numbers are at hand and only
        what `others` brings is drawn.
    params : the benchmark, drawn as a star.
    panel : ``"left"`` or ``"right"``.
    others : label -> component with a `mu`, e.g. of NA64 or BaBar.
    n : masses.

    Raises
    ------
    ValueError
        For another panel.
    """
    check_name("panel", panel, ("left", "right"))
    masses, couplings = np.geomspace(0.03, 2.0, n), np.geomspace(1e-7, 1.0, 57)
    limits: list[Limit] = []
    if panel == "right":
        limits += _anomalies(model, params, masses, couplings)
    for label, component in (others or {}).items():
        found = coupling_limit(lambda p, c=component: c.mu(model, p), params, masses, couplings)
        limits.append(Limit(label, masses, found))
    group = "B-3L_\\tau" if panel == "left" else "B"
    return exclusion(
        limits,
        names=(MASS, COUPLING),
        latex=("m_{Z'}", f"g_{{{group}}}"),
        units=("GeV", "1"),
        xlim=(0.03, 2.0),
        ylim=(1e-6, 1.0),
        marks={"benchmark": (params[MASS], params[COUPLING])},
        title=f"$U(1)_{{{group}}}$, published limits scaled to the model",
        not_drawn=_missing(panel, others or {}),
    )


def _anomalies(model: Any, params: Params, masses: Array, couplings: Array) -> list[Limit]:
    component = AnomalousBaryonNumber()
    return [
        Limit(
            label,
            masses,
            coupling_limit(lambda p, c=name: component.mu_by_curve(model, p)[c], params, masses, couplings),
        )
        for name, label in ANOMALY_LABELS.items()
    ]


def _missing(panel: str, others: Mapping[str, Any]) -> Sequence[str]:
    if panel == "left":
        return [f"{', '.join(NO_NUMBERS)} (no numbers at hand)"]
    return [name for name in ("NA64", "BaBar") if not any(name in label for label in others)]
