"""Everything that follows from the parameters of the BLSM, as named quantities with unit and meaning."""

from functools import partial
from typing import Any, Final

import jax.numpy as jnp

from zprimefit.constants import FINE_STRUCTURE, HBAR_GEV_S, SPEED_OF_LIGHT_M_S, W_MASS
from zprimefit.models.blsm import decays, gauge, higgs, neutrinos
from zprimefit.models.blsm.neutrinos import HEAVY
from zprimefit.quantities import Quantity

NUCLEOSYNTHESIS: Final = 0.1
"""Lifetime [s] up to which a heavy neutrino of tens of MeV is gone before nucleosynthesis (a rule of thumb)."""
DECOUPLING: Final = 0.01
"""Mass of the Z' [GeV] below which, in equilibrium, it heats neutrinos or electrons during nucleosynthesis (same)."""
SUPERNOVA: Final = 0.1
"""Mass of the Z' [GeV] up to which cooling of SN1987A is a concern (paper B, section 4, after arXiv:2006.13942)."""


def derived_quantities(model: Any) -> tuple[Quantity, ...]:
    """Quantities of a :class:`~zprimefit.models.blsm.model.BLSM`.

    Flags are 1 where a model-dependent bound, which no term of the likelihood has, deserves a look, else 0.
    """
    sector = model.gauge
    return (
        *_gauge(model),
        *_vector(model),
        *(quantity for heavy in HEAVY for quantity in _heavy(model, heavy)),
        Quantity("delta_a_mu", "1", r"\Delta a_\mu", "Z' loop, Eq. 20", lambda p: model.delta_a("mu", p)),
        Quantity("delta_a_e", "1", r"\Delta a_e", "Z' loop, Eq. 20", lambda p: model.delta_a("e", p)),
        *(
            Quantity(
                f"br_mu_e_gamma_{heavy}", "1", rf"\mathrm{{BR}}(\mu\to e\gamma)_{{{heavy}}}",
                f"W and {heavy} in the loop, small mass: (3 alpha / 32 pi) |theta_e theta_mu|^2 (m/M_W)^4",
                partial(mu_to_e_gamma, heavy),
            )
            for heavy in HEAVY
        ),
        Quantity(
            "gamma_h_nu_nuh_GeV", "GeV", r"\Gamma_{h\to\nu\nu_h}", "h to a light and a heavy neutrino",
            higgs.to_heavy_neutrinos,
        ),
        Quantity(
            "gamma_h_zprime_zprime_GeV", "GeV", r"\Gamma_{h\to Z'Z'}/\sin^2\alpha",
            "h to two Z', per sin^2(alpha) of h-h' mixing",
            higgs.to_vectors_per_share,
        ),
        Quantity(
            "flag_nucleosynthesis", "1", r"f_\mathrm{BBN}", "nu4 or nu5 lives longer than 0.1 s, or M_Z' < 10 MeV",
            lambda p: _flag(_longest(model, p) > NUCLEOSYNTHESIS, p["m_zprime"] < DECOUPLING),
        ),
        Quantity(
            "flag_supernova", "1", r"f_\mathrm{SN}", "M_Z' < 100 MeV: cooling of SN1987A, model dependent",
            lambda p: _flag(p["m_zprime"] < SUPERNOVA),
        ),
        Quantity(
            "flag_cmb", "1", r"f_\mathrm{CMB}", "M_Z' < 10 MeV: effective number of neutrinos",
            lambda p: _flag(p["m_zprime"] < DECOUPLING),
        ),
        Quantity(
            "g_nu_L", "1", "g_{\\nu}", "Z' coupling of an active neutrino", lambda p: sector.neutrino_charges(p)[0]
        ),
    )  # fmt: skip


def _flag(*conditions: Any) -> Any:
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition
    return jnp.where(found, 1.0, 0.0)


def _longest(model: Any, params: Any) -> Any:
    widths = jnp.stack([sum(decays.heavy_widths(h, params, model.gauge).values()) for h in HEAVY])
    return HBAR_GEV_S / jnp.maximum(jnp.min(widths), 1e-60)


def mu_to_e_gamma(heavy: str, params: Any) -> Any:
    """BR(mu -> e gamma) of a heavy neutrino far lighter than the W, x = m^2/M_W^2 (hep-ph/0703098 and others).

    (3 alpha/32 pi) |Sum_i U*_ei U_mui G(x_i)|^2 with G = 10/3 - x + O(x^2 ln x); the constant drops by unitarity.
    """
    electron, muon, _ = (params[name] for name in neutrinos.MIXINGS[heavy])
    x = (params[decays.MASSES[heavy]] / W_MASS) ** 2
    return 3 * FINE_STRUCTURE / (32 * jnp.pi) * electron * muon * x**2


def _gauge(model: Any) -> tuple[Quantity, ...]:
    def v_prime(params: Any) -> Any:
        return gauge.singlet_vev(params["m_zprime"], params["g_BL"], params["g_tilde"])

    def z_mass(params: Any) -> Any:
        # g_BL v' is fixed by M_Z' and gt: any g_BL gives the same Z
        scale = gauge.singlet_vev(params["m_zprime"], 1.0, params["g_tilde"])
        return gauge.masses_and_angle(1.0, params["g_tilde"], scale)[0]

    return (
        Quantity("zz_mixing_angle", "1", r"\theta'", "Z-Z' mixing angle (Eq. 5 mended)", model.gauge.theta_prime),
        Quantity("v_prime_GeV", "GeV", "v'", "vacuum expectation value of chi", v_prime),
        Quantity("m_z_GeV", "GeV", "M_Z", "mass of the Z, 91.188 GeV without mixing", z_mass),
    )


def _vector(model: Any) -> tuple[Quantity, ...]:
    couplings = tuple(
        Quantity(
            f"c_v_{name}", "1", f"C_V^{{{name}}}", f"vector coupling of the {name}", partial(model.coupling, name)
        )
        for name in ("e", "mu", "proton", "neutron")
    )  # fmt: skip
    return (
        *couplings,
        Quantity("c_a_e", "1", "C_A^e", "axial coupling of leptons", partial(model.coupling, "e axial")),
        Quantity("gamma_zprime_GeV", "GeV", r"\Gamma_{Z'}", "width", lambda p: model.vector(p).total_width),
        Quantity("tau_zprime_s", "s", r"\tau_{Z'}", "lifetime", lambda p: model.vector(p).lifetime),
        Quantity("br_zprime_ee", "1", "B", "BR(Z' -> e+e-)", lambda p: model.vector(p).branching("ee")),
        Quantity("br_zprime_invisible", "1", "B", "BR(Z' -> nu nu)", lambda p: model.vector(p).branching("invisible")),
    )


def _heavy(model: Any, heavy: str) -> tuple[Quantity, ...]:
    (other,) = (h for h in HEAVY if h != heavy)

    def widths(params: Any) -> Any:
        return decays.heavy_widths(heavy, params, model.gauge)

    def lifetime(params: Any) -> Any:
        width = sum(widths(params).values())
        return HBAR_GEV_S / jnp.where(width > 0, width, 1e-300)

    symbol = rf"\nu_{heavy[-1]}"
    return (
        Quantity(f"gamma_{heavy}_GeV", "GeV", rf"\Gamma_{{{symbol}}}", "width", lambda p: sum(widths(p).values())),
        Quantity(f"tau_{heavy}_s", "s", rf"\tau_{{{symbol}}}", "lifetime", lifetime),
        Quantity(
            f"ctau_{heavy}_m", "m", rf"c\tau_{{{symbol}}}", "decay length at rest",
            lambda p: SPEED_OF_LIGHT_M_S * lifetime(p),
        ),
        Quantity(
            f"br_{heavy}_{other}_zprime", "1", "B", f"BR({heavy} -> {other} Z')",
            lambda p: decays.branching(widths(p), f"{other}_zprime"),
        ),
        Quantity(
            f"br_{heavy}_nu_zprime", "1", "B", f"BR({heavy} -> nu Z'), light neutrinos",
            lambda p: decays.branching(widths(p), "nu_zprime"),
        ),
    )  # fmt: skip
