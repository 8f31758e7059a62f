"""The scalar potential of arXiv:2006.01948 (Eqs. 8-21, Appendix A) in the alignment limit lambda_6 = lambda_3' = 0.

Masses, mixing, v and v' = m_Z'/g_d are the parameters; quartic couplings and mass terms follow from them. CP-even
matrix in the basis (H1, H2, H3), rotation and signs are those of Eqs. 14 and A4: H = cos(d) H2 - sin(d) H3 and
h' = sin(d) H2 + cos(d) H3.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from zprimefit.constants import HIGGS_MASS, HIGGS_VEV

Params = Mapping[str, Any]


class Quartics(NamedTuple):
    """Dimensionless couplings of Eq. 8, all real; names are the paper's, ``p`` for a prime."""

    l1: Any
    l2: Any
    l3: Any
    l4: Any
    l5: Any
    l7: Any
    l2p: Any
    l4p: Any
    l5p: Any


class LightEntries(NamedTuple):
    """Entries of the light block of the mass matrix (Eq. A2) [GeV^2]."""

    doublet: Any
    """m_H-bar^2"""
    mixed: Any
    """lambda_5' v v'"""
    singlet: Any
    """2 lambda_2' v'^2"""


def dark_vev(params: Params) -> Any:
    """Vacuum expectation value v' = m_Z' / g_d of the dark singlet [GeV] (below Eq. 13)."""
    return params["m_zprime"] / params["g_d"]


def cos_delta(params: Params) -> Any:
    """cos(delta), positive."""
    return jnp.sqrt((1 - params["sin_delta"]) * (1 + params["sin_delta"]))


def light_entries(params: Params) -> LightEntries:
    """Entries of the light block from m_H, m_h' and sin(delta): Eq. A3 read backwards."""
    s, c = params["sin_delta"], cos_delta(params)
    heavy, light = params["m_H"] ** 2, params["m_hprime"] ** 2
    return LightEntries(c**2 * heavy + s**2 * light, -s * c * (heavy - light), s**2 * heavy + c**2 * light)


def light_spectrum(entries: LightEntries) -> tuple[Any, Any, Any]:
    """(m_H, m_h', sin(delta)) [GeV, GeV, 1] from the entries (Eqs. A4, A5); m_H is the heavier.

    A negative squared mass, where the entries describe no minimum, gives NaN.
    """
    total, difference = entries.doublet + entries.singlet, entries.doublet - entries.singlet
    split = jnp.hypot(difference, 2 * entries.mixed)
    delta = jnp.arctan2(-2 * entries.mixed, difference) / 2
    return jnp.sqrt((total + split) / 2), jnp.sqrt((total - split) / 2), jnp.sin(delta)


def quartics(params: Params) -> Quartics:
    """Couplings of the potential at a point.

    lambda_1 = m_h^2 / v^2 (Eq. 19); lambda_5 = (m_H-bar^2 - m_A^2) / v^2 and lambda_4 = (m_H-bar^2 + m_A^2 -
    2 m_H+-^2) / v^2 (Eqs. 20 and 21 less the definition of m_H-bar^2); lambda_3 = lambda_345 - lambda_4 - lambda_5;
    lambda_2' and lambda_5' from the light block. lambda_2, lambda_345, lambda_7 and lambda_4' are parameters.
    """
    entries, v2, v_prime = light_entries(params), HIGGS_VEV**2, dark_vev(params)
    odd, charged = params["m_A"] ** 2, params["m_Hpm"] ** 2
    l4, l5 = (entries.doublet + odd - 2 * charged) / v2, (entries.doublet - odd) / v2
    return Quartics(
        l1=HIGGS_MASS**2 / v2,
        l2=params["lambda_2"],
        l3=params["lambda_345"] - l4 - l5,
        l4=l4,
        l5=l5,
        l7=params["lambda_7"],
        l2p=entries.singlet / (2 * v_prime**2),
        l4p=params["lambda_4_prime"],
        l5p=entries.mixed / (HIGGS_VEV * v_prime),
    )


def mass_terms(params: Params) -> dict[str, Any]:
    """``mu_1``, ``mu_2``, ``mu_12`` and ``mu_prime`` [GeV^2] of Eq. 8 at the minimum.

    Eqs. 15-17 with lambda_6 = lambda_3' = 0; mu_2 from the definition of m_H-bar^2 below Eq. 14.
    """
    found, v2, v_prime2 = quartics(params), HIGGS_VEV**2, dark_vev(params) ** 2
    even = params["lambda_345"] * v2 + found.l4p * v_prime2
    return {
        "mu_1": -found.l1 * v2 / 2,
        "mu_2": light_entries(params).doublet - even / 2,
        "mu_12": found.l5p * v_prime2 / 2,
        "mu_prime": -found.l2p * v_prime2,
    }


def cp_even_matrix(params: Params) -> Any:
    """Squared masses of the CP-even fields (H1, H2, H3), (3, 3) [GeV^2] (Eq. 14)."""
    entries = light_entries(params)
    light = jnp.array([[entries.doublet, entries.mixed], [entries.mixed, entries.singlet]])
    return jnp.zeros((3, 3)).at[0, 0].set(HIGGS_MASS**2).at[1:, 1:].set(light)


def potential(fields: Any, params: Params) -> Any:
    """V [GeV^4] of Eq. 8 at fields (10,) [GeV], measured from the minimum.

    Order: real and imaginary part of H1+, H1, G1 of the first doublet, the same of the second (H2+, H2, A), and H3,
    G2 of the singlet (Eqs. 9, 10), each with the normalisation of a real field.
    """
    first = fields[:4].at[2].add(HIGGS_VEV)
    second = fields[4:8]
    singlet = fields[8:].at[0].add(dark_vev(params))
    p, q, s = jnp.sum(first**2) / 2, jnp.sum(second**2) / 2, jnp.sum(singlet**2) / 2
    # phi_h^dagger phi_H
    real = jnp.sum(first * second) / 2
    imaginary = jnp.sum(first[::2] * second[1::2] - first[1::2] * second[::2]) / 2
    k, mu = quartics(params), mass_terms(params)
    doublets = p * (k.l1 / 2 * p + k.l3 * q + mu["mu_1"]) + q * (k.l2 / 2 * q + mu["mu_2"])
    phases = k.l4 * (real**2 + imaginary**2) + k.l5 * (real**2 - imaginary**2)
    linear = 2 * real * (k.l7 * q + k.l5p * s - mu["mu_12"])
    return doublets + phases + linear + s * (k.l2p * s + k.l4p * q + mu["mu_prime"])


def hprime_pair_coupling(params: Params) -> Any:
    """Coupling g [GeV] of the term (g/2) H h'^2 of the potential.

    V holds lambda_2' v' H3^3 + (lambda_5' v/2) H2 H3^2 + (lambda_7 v/2) H2^3 + (lambda_4' v'/2) H2^2 H3. The masses
    and the mixing fix the first two; the last two vanish in Appendix B. The paper omits this decay.
    """
    s, c, v_prime = params["sin_delta"], cos_delta(params), dark_vev(params)
    fixed = -s * c**2 * (params["m_H"] ** 2 + 2 * params["m_hprime"] ** 2) / v_prime
    return fixed + _optional_cubic(params, cubic=s**2 * c, mixed=s * (2 * c**2 - s**2))


def heavy_pair_coupling(params: Params) -> Any:
    """Coupling g [GeV] of the term (g/2) h' H^2, as :func:`hprime_pair_coupling`."""
    s, c, v_prime = params["sin_delta"], cos_delta(params), dark_vev(params)
    fixed = c * s**2 * (params["m_hprime"] ** 2 + 2 * params["m_H"] ** 2) / v_prime
    return fixed + _optional_cubic(params, cubic=s * c**2, mixed=c * (c**2 - 2 * s**2))


def _optional_cubic(params: Params, *, cubic: Any, mixed: Any) -> Any:
    from_doublet = 3 * params["lambda_7"] * HIGGS_VEV * cubic
    return from_doublet + params["lambda_4_prime"] * dark_vev(params) * mixed


def higgs_couplings(params: Params) -> dict[str, Any]:
    """Couplings [GeV] of h: (g/2) h phi^2 for ``HH`` and ``hprime_hprime``, g h H h' for ``H_hprime``.

    V holds (lambda_345 v/2) H1 H2^2 + lambda_5' v' H1 H2 H3 in the alignment limit.
    """
    s, c = params["sin_delta"], cos_delta(params)
    doublet = params["lambda_345"] * HIGGS_VEV
    mixed = quartics(params).l5p * dark_vev(params)
    return {
        "HH": doublet * c**2 - 2 * mixed * s * c,
        "hprime_hprime": doublet * s**2 + 2 * mixed * s * c,
        "H_hprime": doublet * s * c + mixed * (c**2 - s**2),
    }
