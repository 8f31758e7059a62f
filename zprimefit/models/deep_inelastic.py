"""Deep-inelastic neutral-current scattering of neutrinos on an isoscalar nucleon, at leading order in QCD.

    d2sigma / dx dQ2 = G_F^2 / pi Sum_q {q(x, Q^2) [L_q^2 + R_q^2 (1 - y)^2] + qbar(x, Q^2) [R_q^2 + L_q^2 (1 - y)^2]},

y = Q^2 / s^, s^ = 2 M E x, with L_q, R_q = (chiral couplings of the Z) m_Z^2 / (Q^2 + m_Z^2); antineutrinos have L
and R exchanged. A vector X that the neutrino keeps its kind at adds g_nu g_q / [2 sqrt(2) G_F (Q^2 + m_X^2)] to both.
One at which it turns into a heavy neutrino of mass m_4 gives, without interference,

    d2sigma / dx dQ2 = g^2 / (8 pi) Sum_q g_q^2 (q + qbar) [(1 - mu) + (1 - y)(1 - y - mu)] / (Q^2 + m_X^2)^2,

mu = m_4^2 / s^, y < 1 - mu: the massless quark's current is conserved. Three flavours: heavy quarks are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.constants import FERMI_CONSTANT, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS, SIN2_THETA_MSBAR, Z_MASS
from zprimefit.models.parton_densities import parton_densities
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.numerics.slopes import with_own_slopes

Array = NDArray[np.float64]

QUARKS: Final = ("u", "d", "s")
CHIRAL: Final = {
    quark: (isospin - charge * SIN2_THETA_MSBAR, -charge * SIN2_THETA_MSBAR)
    for quark, isospin, charge in (("u", 1 / 2, 2 / 3), ("d", -1 / 2, -1 / 3), ("s", -1 / 2, -1 / 3))
}
"""L and R of the Z by quark."""
LEAST_Q2: Final = 1.0
"""Where deep-inelastic scattering begins [GeV^2]."""


@dataclass(frozen=True, eq=False)
class PartonNodes:
    """Quadrature over Q^2 and x at neutrino energies of shape S, uniform in the logarithms.

    Parameters
    ----------
    q2, y, s_hat : nodes, S + (n,) [GeV^2, 1, GeV^2].
    quarks, antiquarks : quark -> weight times density of an isoscalar nucleon, S + (n,) [GeV^2].
    """

    q2: Array
    y: Array
    s_hat: Array
    quarks: Mapping[str, Array]
    antiquarks: Mapping[str, Array]


def parton_nodes(e_nu: ArrayLike, n: int = 16, least_q2: float = LEAST_Q2) -> PartonNodes:
    """Nodes at neutrino energies [GeV] of any shape, n in each variable.

    Good to 1e-3; to some percent at 10 GeV where the heavy neutrino weighs more than 1 GeV.

    Raises
    ------
    ValueError
        If an energy does not reach `least_q2` [GeV^2].
    """
    largest = 2 * NUCLEON_MASS * np.asarray(e_nu, dtype=np.float64)[..., None, None]
    if not (largest > least_q2).all():
        msg = f"deep-inelastic scattering: {e_nu!r} GeV does not reach Q^2 = {least_q2!r} GeV^2"
        raise ValueError(msg)
    nodes, weights = unit_rule(n)
    span = np.log(largest / least_q2)
    q2 = least_q2 * np.exp(span * nodes[:, None])
    depth = np.log(largest / q2)
    x = np.exp(-depth * nodes)
    measure = span * weights[:, None] * q2 * depth * weights  # dQ2 dx / x
    found = {name: np.asarray(value) for name, value in parton_densities(x, q2).items()}
    light, light_sea = (found["u"] + found["d"]) / 2, (found["ubar"] + found["dbar"]) / 2

    def flat(values: Array) -> Array:
        return np.broadcast_to(values, x.shape).reshape(*x.shape[:-2], -1)

    return PartonNodes(
        q2=flat(q2),
        y=flat(q2 / (largest * x)),
        s_hat=flat(largest * x),
        quarks={"u": flat(measure * light), "d": flat(measure * light), "s": flat(measure * found["s"])},
        antiquarks={"u": flat(measure * light_sea), "d": flat(measure * light_sea), "s": flat(measure * found["s"])},
    )


def neutral_current(
    nodes: PartonNodes, products: Mapping[str, Any] | None = None, m_vector: Any = 1.0, *, antineutrino: bool = False
) -> Any:
    """Cross section per nucleon [cm^2] of a neutrino that stays what it is, of shape S.

    Parameters
    ----------
    nodes : at energies of shape S.
    products : quark -> coupling of the neutrino times that of the quark to a vector; none by default.
    m_vector : mass of the vector [GeV].
    antineutrino : of the other helicity.
    """
    z_share = Z_MASS**2 / (nodes.q2 + Z_MASS**2)
    same, opposite = (nodes.quarks, nodes.antiquarks) if not antineutrino else (nodes.antiquarks, nodes.quarks)
    falling = (1 - nodes.y) ** 2
    # what multiplies the squares of the left- and the right-handed coupling
    factors = [(same[q] + opposite[q] * falling, opposite[q] + same[q] * falling) for q in QUARKS]
    chiral = [CHIRAL[q] for q in QUARKS]
    pairs = list(zip(chiral, factors, strict=True))
    total: Any = sum(((left**2 * a + right**2 * b) * z_share**2).sum(axis=-1) for (left, right), (a, b) in pairs)
    if products is not None:
        once = np.stack([2 * (left * a + right * b) * z_share for (left, right), (a, b) in pairs])
        twice = np.stack([a + b for a, b in factors])

        def exchanged(mass: Any) -> Any:
            """Interference with the Z and square, (2, n_quarks, ...S)."""
            unit = 1 / (2 * sqrt(2) * FERMI_CONSTANT * (nodes.q2 + mass**2))
            return jnp.stack([jnp.sum(once * unit, axis=-1), jnp.sum(twice * unit**2, axis=-1)])

        found = with_own_slopes(exchanged)(m_vector)
        for quark, linear, square in zip(QUARKS, *found, strict=True):
            coupling = products.get(quark, 0.0)
            total = total + coupling * (linear + coupling * square)
    return FERMI_CONSTANT**2 / pi * total * HBARC_SQUARED_CM2_GEV2


def heavy_neutrino(nodes: PartonNodes, couplings: Mapping[str, Any], m_vector: Any, m_heavy: Any) -> Any:
    """Cross section per nucleon [cm^2] at a unit coupling of the neutrinos, of shape S.

    Parameters
    ----------
    nodes : at energies of shape S.
    couplings : quark -> coupling to the vector.
    m_vector, m_heavy : masses of the vector and the heavy neutrino [GeV].
    """
    quarks = np.stack([nodes.quarks[quark] + nodes.antiquarks[quark] for quark in QUARKS])

    def at_unit_coupling(vector: Any, heavy: Any) -> Any:
        mu = heavy**2 / nodes.s_hat
        helicities = (1 - mu) + (1 - nodes.y) * (1 - nodes.y - mu)
        shape = jnp.where(nodes.y < 1 - mu, helicities, 0.0) / (nodes.q2 + vector**2) ** 2
        return jnp.sum(quarks * shape, axis=-1)

    each = with_own_slopes(at_unit_coupling)(m_vector, m_heavy)
    total = sum(couplings[quark] ** 2 * found for quark, found in zip(QUARKS, each, strict=True))
    return total * HBARC_SQUARED_CM2_GEV2 / (8 * pi)
