"""Parameters of the BLSM with inverse seesaw (paper B), and its benchmarks."""

from typing import Any, Final

from zprimefit.datasets import blsm_benchmark
from zprimefit.parameters import Parameter

BENCHMARKS: Final = ("mz20", "mz30")
SIGNED: Final[dict[str, Any]] = {"scale": "asinh", "asinh_scale": 1e-8}
"""Couplings of either sign: from 1e-8 on, far below all limits, they move by their logarithm."""


def parameters() -> tuple[Parameter, ...]:
    """All parameters with their domains; defaults are those of the benchmark ``mz20``.

    Domains: M_Z' 1 MeV to 10 GeV, where loops and couplings hold; MiniBooNE's signal asks for M_Z' below m_nu5.
    nu4 and nu5 between 1 and 400 MeV. Mixings |theta_ai|^2 up to 1e-2, where theta^2 counts. ``theta_prime`` is
    used by ``mixing="as_printed"`` alone.
    """
    default = blsm_benchmark("mz20")

    def parameter(name: str, unit: str, latex: str, bounds: tuple[float, float], **options: Any) -> Parameter:
        return Parameter(name=name, unit=unit, latex=latex, default=default[name], bounds=bounds, **options)

    mixings = tuple(
        parameter(f"U_{flavour}{n}_sq", "1", rf"|U_{{{latex}{n}}}|^2", (0.0, 1e-2), free=False)
        if flavour != "mu"
        else parameter(f"U_{flavour}{n}_sq", "1", rf"|U_{{{latex}{n}}}|^2", (1e-12, 1e-2), scale="log")
        for n in (4, 5)
        for flavour, latex in (("e", "e"), ("mu", r"\mu "), ("tau", r"\tau "))
    )
    return (
        parameter("m_zprime", "GeV", r"m_{Z'}", (1e-3, 10.0), scale="log"),
        parameter("m_nu4", "GeV", r"m_{\nu_4}", (1e-3, 0.4), scale="log"),
        parameter("m_nu5", "GeV", r"m_{\nu_5}", (1e-3, 0.4), scale="log"),
        parameter("g_BL", "1", r"g_{B-L}", (-1.0, 1.0), **SIGNED),
        parameter("g_tilde", "1", r"\tilde g", (-0.5, 0.5), **SIGNED),
        parameter("theta_prime", "1", r"\theta'", (-0.1, 0.1), free=False),
        *mixings,
    )
