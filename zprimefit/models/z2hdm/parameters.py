"""Parameters of the light Z' + second Higgs doublet model (arXiv:2006.01948)."""

import math
from typing import Any

from zprimefit.datasets import z2hdm_table1
from zprimefit.parameters import Parameter

PERTURBATIVITY = math.sqrt(4 * math.pi)
QUARTIC_LIMIT = 4 * math.pi
SIGNED: dict[str, Any] = {"scale": "asinh", "asinh_scale": 1e-4, "free": False}
"""Quartic couplings of either sign, of which 1e-4 matters already (lambda_7 v against the light masses)."""


def _parameter(name: str, unit: str, latex: str, bounds: tuple[float, float], **options: Any) -> Parameter:
    return Parameter(name=name, unit=unit, latex=latex, default=z2hdm_table1()[name], bounds=bounds, **options)


def parameters() -> tuple[Parameter, ...]:
    """All parameters with their domains; defaults are those of Table I.

    Domains: masses where the cross sections hold their accuracy (m_Z' 0.03-2 GeV, scalars 5-100 MeV, with m_H up to
    1 GeV, m_nu4 1-150 MeV); couplings up to sqrt(4 pi) where perturbation theory ends; m_H+- and m_A within the 110-460
    GeV of section III C; quartic couplings up to 4 pi. lambda_345 is lambda_3 + lambda_4 + lambda_5, the coupling of
    h to pairs of the second doublet's CP-even field; lambda_4 and lambda_5 follow from the masses.
    """
    return (
        _parameter("m_zprime", "GeV", r"m_{Z'}", (0.03, 2.0), scale="log"),
        _parameter("m_hprime", "GeV", r"m_{h'}", (0.005, 0.1), scale="log"),
        _parameter("m_H", "GeV", r"m_H", (0.01, 1.0), scale="log", free=False),
        _parameter("m_nu4", "GeV", r"m_{\nu_4}", (0.001, 0.15), scale="log"),
        _parameter("g_B", "1", r"g_B", (1e-6, 1e-1), scale="log"),
        _parameter("g_d", "1", r"g_d", (1e-2, PERTURBATIVITY), scale="log"),
        _parameter("U_mu4_sq", "1", r"|U_{\mu 4}|^2", (1e-9, 1e-2), scale="log"),
        _parameter("U_e4_sq", "1", r"|U_{e 4}|^2", (0.0, 1e-2), free=False),
        _parameter("sin_delta", "1", r"\sin\delta", (0.01, 0.99)),
        _parameter("y_e", "1", r"y^e", (1e-7, 1e-1), scale="log", free=False),
        _parameter("y_mu", "1", r"y^\mu", (1e-6, 1e-1), scale="log"),
        _parameter("y_etau_taue", "1", r"y^{e\tau}y^{\tau e}", (-1e-4, 1e-4)),
        _parameter("y_tau", "1", r"y^\tau", (-1.0, 1.0), scale="asinh", asinh_scale=1e-4, free=False),
        _parameter("m_Hpm", "GeV", r"m_{H^\pm}", (110.0, 460.0), free=False),
        _parameter("m_A", "GeV", r"m_A", (110.0, 460.0), free=False),
        _parameter("lambda_2", "1", r"\lambda_2", (0.0, QUARTIC_LIMIT), free=False),
        _parameter("lambda_345", "1", r"\lambda_{345}", (-QUARTIC_LIMIT, QUARTIC_LIMIT), **SIGNED),
        _parameter("lambda_7", "1", r"\lambda_7", (-QUARTIC_LIMIT, QUARTIC_LIMIT), **SIGNED),
        _parameter("lambda_4_prime", "1", r"\lambda_4'", (-QUARTIC_LIMIT, QUARTIC_LIMIT), **SIGNED),
    )
