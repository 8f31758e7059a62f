"""Fraction of e+e- pairs that MiniBooNE takes for one electron-like ring.

A particle of mass m and energy E decays isotropically at rest, so x = cos of the e+ angle there is uniform, and the
lepton energies are E/2 (1 +- beta beta_e x). Every rule is a condition on E1 E2 = E^2/4 (1 - beta^2 beta_e^2 x^2) and
E; the electron mass is kept throughout.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal

import jax.numpy as jnp
import numpy as np

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import miniboone_parameters, two_shower_cut
from zprimefit.numerics.roots import positive_root

Rule = Literal["eq32", "opening", "opening13", "showers", "all"]
RULES: tuple[Rule, ...] = ("eq32", "opening", "opening13", "showers", "all")

# x = 1 - s^2 puts the cells near the asymmetric end, where the rules change fastest; 400 are good to 1e-5.
_X = 1 - np.linspace(0.0, 1.0, 401) ** 2


def accepted_fraction(rule: Rule, energy: Any, mass: Any) -> Any:
    """Fraction of pairs accepted as one ring.

    Parameters
    ----------
    rule : ``"eq32"`` m_track = sqrt(2 E1 E2 (1 - cos theta12)) < 30 MeV (arXiv:2006.01948, Eq. 32); ``"opening"``
        opening angle below 8 degrees or one lepton below 30 MeV (same, below Eq. 32); ``"opening13"`` the same with 13
        degrees (MiniBooNE-DarkNews); ``"showers"`` the cut on opening angle and energy sharing that depends on E_vis
        (arXiv:2210.08021, Table II), linear between the centres of its bins, its first and last value held outside
        0.15-1.27 GeV; ``"all"`` every pair.
    energy, mass : of the parent [GeV], broadcast against each other; zero is returned for energy <= mass.
    """
    energy, mass = jnp.broadcast_arrays(jnp.asarray(energy, dtype=jnp.float64), jnp.asarray(mass, dtype=jnp.float64))
    moving = energy > mass
    if rule == "all":
        return jnp.where(moving, 1.0, 0.0)
    e = jnp.where(moving, energy, 2 * mass)[..., None]
    m = mass[..., None]
    beta2 = (1 - m**2 / e**2) * (1 - 4 * ELECTRON_MASS**2 / m**2)
    product = e**2 / 4 * (1 - beta2 * _X**2)
    margin = _MARGINS[rule](e, m, product)
    return jnp.where(moving, _measure_where_positive(margin), 0.0)


def one_ring(rule: Rule, energy: Any, mass: Any, product: Any) -> Any:
    """Whether a pair is one ring, of one shape S: energy and mass of the parent, energies of both leptons multiplied.

    Parameters
    ----------
    rule : see :func:`accepted_fraction`.
    energy, mass : of the parent [GeV].
    product : E1 E2 [GeV^2].
    """
    return energy > mass if rule == "all" else _MARGINS[rule](energy, mass, product) > 0


def _measure_where_positive(margin: Any) -> Any:
    """Length of the part of x in [0, 1] on which the margin, linear between the nodes (last axis), is positive."""
    left, right = margin[..., :-1], margin[..., 1:]
    same = left == right
    share = (jnp.maximum(right, 0.0) - jnp.maximum(left, 0.0)) / jnp.where(same, 1.0, right - left)
    return jnp.sum(jnp.where(same, left > 0, share) * (_X[:-1] - _X[1:]), axis=-1)


def _cos_opening(energy: Any, mass: Any, product: Any) -> Any:
    """cos(theta12) from m^2 = 2 m_e^2 + 2 E1 E2 - 2 p1 p2 cos(theta12)."""
    me2 = ELECTRON_MASS**2
    momenta = jnp.sqrt(jnp.maximum(product**2 - me2 * (energy**2 - 2 * product) + me2**2, 1e-30))
    return jnp.clip((product - mass**2 / 2 + me2) / momenta, -1.0, 1.0)


def _track_mass_margin(energy: Any, mass: Any, product: Any) -> Any:
    return miniboone_parameters()["track_mass_cut"] ** 2 - 2 * product * (1 - _cos_opening(energy, mass, product))


def _opening_margin(energy: Any, mass: Any, product: Any, angle: str = "opening_angle_cut") -> Any:
    par = miniboone_parameters()
    collimated = _cos_opening(energy, mass, product) - jnp.cos(jnp.deg2rad(par[angle]))
    soft = par["soft_lepton_cut"]
    # the softer lepton is below the cut: E1 E2 < soft (E - soft), or both are
    asymmetric = jnp.where(energy > 2 * soft, soft * (energy - soft) - product, 1.0)
    return jnp.maximum(collimated, asymmetric)


def _showers_margin(energy: Any, mass: Any, product: Any) -> Any:
    """radius^2 of the cut minus (1 - cos theta12)^2/4 + (1 - E_max/E)^2."""
    radius = jnp.interp(energy - 2 * ELECTRON_MASS, *map(jnp.asarray, two_shower_cut()))
    asymmetry = positive_root(1 - 4 * product / energy**2)  # (E_max - E_min) / E
    return radius**2 - ((1 - _cos_opening(energy, mass, product)) ** 2 + (1 - asymmetry) ** 2) / 4


_MARGINS: Final[Mapping[str, Callable[[Any, Any, Any], Any]]] = {
    "eq32": _track_mass_margin,
    "opening": _opening_margin,
    "opening13": partial(_opening_margin, angle="wide_opening_angle_cut"),
    "showers": _showers_margin,
}
"""Rule -> quantity that is positive where a pair is one ring, of energy and mass of the parent and E1 E2."""
