"""|M|^2 of nu_mu(k) N(p) -> nu_4(k4) N(p') phi by two Z' propagators, at unit couplings.

S|M|^2 = g_d^2 |U_mu4|^2 g_B^2 (2 g_d m_Z' c_phi)^2 L.H / [(q1^2 - m_Z'^2)^2 (q2^2 - m_Z'^2)^2] with q1 = k - k4 and
q2 = p' - p (arXiv:2006.01948, Fig. 1, Eqs. 11-13, 27-29), summed over spins, averaged over the target's only (a
neutrino of the beam has one helicity). The q2 q2 part of the propagators drops because the nucleon current is
conserved; the q1 q1 part of the neutrino's does not. With a = m_nu4 / m_Z'^2 and P = p + p',

    L = 2 {k4 k + k k4 - g k.k4 + a m_nu4 (k q1 + q1 k) + a^2 (k.k4) q1 q1}
    H = A [p' p + p p' - g (p.p' - M^2)] + B P P

so that L.H = N0 + (m_nu4^2 / m_Z'^2) Nd, both polynomials in k.k4 once the invariants that do not depend on the
azimuth of the final state are fixed. The antisymmetric part of L meets none in H: neutrinos and antineutrinos agree.
"""

from dataclasses import dataclass
from typing import Any

from zprimefit.models.targets import Target


@dataclass(frozen=True)
class Invariants:
    """Scalar products that do not depend on the azimuth [GeV^2]; arrays of one shape."""

    k_p: Any
    """k.p"""
    k_q: Any
    """k.(k4 + p'), so that k.p' = k_q - k.k4"""
    p_k4: Any
    """p.k4"""
    pp_k4: Any
    """p'.k4"""
    q2: Any
    """(p' - p)^2"""


def numerator(inv: Invariants, target: Target, m_nu4: Any, m_zprime: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Coefficients of N0 (2) and Nd (4) in powers of k.k4; L.H = N0 + (m_nu4^2 / m_zprime^2) Nd  [GeV^4].

    Parameters
    ----------
    inv : scalar products, arrays of one shape.
    target : nucleon or carbon.
    m_nu4, m_zprime : masses [GeV].
    """
    mass2, pp = target.mass**2, target.mass**2 - inv.q2 / 2
    a, b = target.structure(inv.q2)
    p_sum_k4 = inv.p_k4 + inv.pp_k4
    # H(k, k4), H(k, k), H(k4, k4) and g.H, with k.p' = k_q - k.k4
    h_k_k4 = (
        a * (inv.k_q * inv.p_k4 + inv.k_p * inv.pp_k4) + b * (inv.k_p + inv.k_q) * p_sum_k4,
        -a * (inv.p_k4 + pp - mass2) - b * p_sum_k4,
    )
    h_k_k = (
        2 * a * inv.k_p * inv.k_q + b * (inv.k_p + inv.k_q) ** 2,
        -2 * a * inv.k_p - 2 * b * (inv.k_p + inv.k_q),
        b,
    )
    h_k4_k4 = 2 * a * inv.p_k4 * inv.pp_k4 - a * m_nu4**2 * (pp - mass2) + b * p_sum_k4**2
    trace = a * (4 * mass2 - 2 * pp) + b * (2 * mass2 + 2 * pp)
    n0 = (4 * h_k_k4[0], 4 * h_k_k4[1] - 2 * trace)
    # 2 [2 H(k, q1) + (k.k4 / m_Z'^2) H(q1, q1)] with q1 = k - k4
    h_q1_q1 = (h_k_k[0] - 2 * h_k_k4[0] + h_k4_k4, h_k_k[1] - 2 * h_k_k4[1], h_k_k[2])
    scale = 2 / m_zprime**2
    nd = (
        4 * (h_k_k[0] - h_k_k4[0]),
        4 * (h_k_k[1] - h_k_k4[1]) + scale * h_q1_q1[0],
        4 * h_k_k[2] + scale * h_q1_q1[1],
        scale * h_q1_q1[2],
    )
    return n0, nd
