"""Couplings and mixings that published limits leave to the BLSM."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from zprimefit.analyses.loading import load
from zprimefit.likelihoods.heavy_neutrinos import HeavyNeutrinoMixing
from zprimefit.models import BLSM
from zprimefit.models.blsm.gauge import Mixing
from zprimefit.report.coupling_limits import crossing

Array = NDArray[np.float64]
NINETY: Final = float(chi2.ppf(0.9, 1))
"""Delta(-2 ln L) of 90 % CL, 1 dof."""
SEARCHES: Final[dict[Mixing, tuple[str, tuple[str, ...]]]] = {
    "as_printed": (
        "blsm-seed",
        (
            "babar-invisible", "babar-visible", "a1", "e141", "e774", "kek", "orsay", "nomad-dump", "charm-dump",
            "na64-invisible",
        ),
    ),
    "consistent": (
        "blsm-global",
        (
            "babar-invisible", "babar-visible", "kloe", "a1", "apex", "hps-2015", "na48", "e137", "e141", "e774",
            "kek", "orsay", "na64-visible", "na64-invisible", "nomad-dump", "charm-dump", "nucal", "ps191", "z-mixing",
            "charm-ii", "borexino", "texono",
        ),
    ),
}  # fmt: skip
"""Packaged analysis and those of its terms that limit couplings: the searches of paper B's section 3, and today's."""


@cache
def excess(mixing: Mixing) -> tuple[BLSM, Callable[[Any], Any]]:
    """The model, and params -> Delta(-2 ln L) of all :data:`SEARCHES` together over no new physics."""
    analysis, names = SEARCHES[mixing]
    loaded = load(analysis)
    model: BLSM = loaded.model
    terms = [term for term in loaded.components if term.name in names]
    if len(terms) != len(names):
        msg = f"{analysis} lacks {sorted(set(names) - {term.name for term in terms})}"
        raise ValueError(msg)
    nothing = {**model.benchmark(), **model.no_new_physics}
    base = sum(float(term.minus2lnl(model, nothing)) for term in terms)

    def raised(params: Any) -> Any:
        return sum(term.minus2lnl(model, params) for term in terms) - base

    return model, raised


@cache
def _plane(mixing: Mixing) -> Any:
    model, raised = excess(mixing)
    point = model.benchmark()

    @jax.jit
    @partial(jax.vmap, in_axes=(None, None, 0))
    def row(mass: Any, g_tilde: Any, g_bl: Any) -> Any:
        return raised({**point, "m_zprime": mass, "g_tilde": g_tilde, "g_BL": g_bl})

    return row


def raised_in_plane(mixing: Mixing, mass: float, g_tilde: Array, g_bl: Array) -> Array:
    """Delta(-2 ln L) of the searches at a mass [GeV], (n_g_tilde, n_g_bl), masses and mixings of the benchmark."""
    row = _plane(mixing)
    # one row after the other: memory stays small
    return np.stack([np.asarray(row(mass, gt, jnp.asarray(g_bl))) for gt in jnp.asarray(g_tilde)])


def largest_sizes(mixing: Mixing, mass: float, g_tilde: Array, sign: int) -> Array:
    """Largest |g_BL| of a sign that the searches allow at 90 % CL, (n_g_tilde,); NaN where none above 1e-8 is.

    Beam dumps exclude ranges below it.
    """
    sizes = np.geomspace(1e-8, 1.0, 321)
    found = []
    for row in raised_in_plane(mixing, mass, g_tilde, sign * sizes):
        below = np.flatnonzero(row < NINETY)
        if below.size and below[-1] + 1 < len(sizes):
            ends = slice(below[-1], below[-1] + 2)
            rates = np.sqrt(np.maximum(row[None, ends], 1e-12) / NINETY)
            found.append(float(crossing(rates, sizes[ends])[0]))
        else:
            found.append(np.nan)
    return np.array(found)


def largest_coupling(masses: Array) -> Array:
    """g_BL at the 90 % CL limit (1 dof) of today's searches together, without kinetic mixing (n,)."""
    return np.concatenate([largest_sizes("consistent", float(mass), np.zeros(1), 1) for mass in masses])


@cache
def _mixing_rates(heavy: Literal["4", "5"]) -> Any:
    model, term, name = BLSM(), HeavyNeutrinoMixing(), f"U_mu{heavy}_sq"
    alone = {key: 0.0 for key in model.no_new_physics if key.startswith("U_")}
    return jax.jit(jax.vmap(lambda params, u: term.mu(model, {**params, **alone, name: u}), in_axes=(None, 0)))


def largest_mixing(params: Any, heavy: Literal["4", "5"]) -> float:
    """Largest |U_mu4|^2 or |U_mu5|^2 that published limits allow at the masses and couplings of a point.

    Small mixings can be excluded where larger ones are not: a neutrino that decays before it reaches the detector is
    not seen there, and peak searches are left.
    """
    sizes = np.geomspace(1e-12, 1e-2, 201)
    allowed = np.flatnonzero(np.asarray(_mixing_rates(heavy)(dict(params), sizes)) < 1)
    return float(sizes[allowed[-1]]) if allowed.size else 0.0


def allowed_point(params: Any, mass: float) -> dict[str, float]:
    """The point with a Z' of this mass [GeV], gt = 0, and g_BL and both mixings as large as limits allow."""
    at = {**params, "m_zprime": mass, "g_tilde": 0.0, "g_BL": float(largest_coupling(np.array([mass]))[0])}
    return at | {f"U_mu{heavy}_sq": largest_mixing(at, heavy) for heavy in ("4", "5")}
