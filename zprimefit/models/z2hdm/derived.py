"""Derived quantities of the light Z' + second Higgs doublet model (arXiv:2006.01948)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp

from zprimefit.models.z2hdm import dark_neutrino, decays, gauge, potential, stability
from zprimefit.models.z2hdm.decays import CHANNELS, SCALARS, Scalar
from zprimefit.quantities import Quantity

LATEX = {"hprime": "{h'}", "H": "H"}
NAMES = {"hprime": "h'", "H": "H"}
CHANNEL_LATEX = {
    "ee": "e^+e^-",
    "mumu": r"\mu^+\mu^-",
    "gamma_gamma": r"\gamma\gamma",
    "zprime_zprime": "Z'Z'",
    "hprime_hprime": "h'h'",
    "HH": "HH",
    "invisible": r"\mathrm{invisible}",
    "visible": r"\mathrm{visible}",
    "nu4_nu4": r"\nu_4\bar\nu_4",
    "nu4_nu": r"\nu_4\bar\nu",
    "nutau_nutau": r"\nu_\tau\bar\nu_\tau",
    "pi0_gamma": r"\pi^0\gamma",
    "three_pions": r"\pi^+\pi^-\pi^0",
    "three_nu": r"\nu\nu\bar\nu",
    "nu_zprime": r"\nu Z'",
    "nu_ee": r"\nu e^+e^-",
}
CLOSED = "tautau"
"""Needs a scalar above 3.5 GeV, outside the domain."""


def derived_quantities(model: Any) -> tuple[Quantity, ...]:
    """All derived quantities of a :class:`~zprimefit.models.z2hdm.model.Z2HDM`."""
    found = [*_of_potential(), *_of_stability()]
    for scalar in SCALARS:
        found += _of_scalar(model, scalar)
    found += [*_of_zprime(model), *_of_nu4(model)]
    found.append(
        Quantity(
            "rate_coupling",
            "1",
            r"g_B^2 g_d^4 |U_{\mu 4}|^2 \cos^2\delta",
            "product of couplings that the h' rate is proportional to",
            partial(model.rate_coupling, scalar="hprime"),
        )
    )
    return (*found, *_of_moments(model))


def _of_potential() -> list[Quantity]:
    def coupling(field: str) -> Callable[[Any], Any]:
        # lambda_1 follows from constants alone: an array like the others
        return lambda params: jnp.asarray(getattr(potential.quartics(params), field), dtype=jnp.float64)

    def root(field: str) -> Callable[[Any], Any]:
        return lambda params: jnp.sqrt(jnp.abs(getattr(potential.light_entries(params), field)))

    quartics = [
        ("lambda_1", r"\lambda_1", "l1", "quartic coupling m_h^2/v^2 (Eq. 19)"),
        ("lambda_3", r"\lambda_3", "l3", "quartic coupling lambda_345 - lambda_4 - lambda_5"),
        ("lambda_4", r"\lambda_4", "l4", "quartic coupling from m_H+- and m_A (Eqs. 20, 21)"),
        ("lambda_5", r"\lambda_5", "l5", "quartic coupling from m_A (Eq. 21); the paper asks for less than sqrt(4 pi)"),
        ("lambda_2_prime", r"\lambda_2'", "l2p", "quartic coupling of the singlet (Eq. A2)"),
        ("lambda_5_prime", r"\lambda_5'", "l5p", "quartic coupling that mixes doublet and singlet (Eq. A2)"),
    ]
    entries = [
        ("m_H_bar_GeV", r"\bar m_H", "doublet", "mass of the doublet before mixing (Eq. A2)"),
        ("m_mixed_GeV", r"|\lambda_5' v v'|^{1/2}", "mixed", "root of the mixed entry, taken positive (Eq. A2)"),
        ("m_singlet_GeV", r"(2\lambda_2')^{1/2} v'", "singlet", "mass of the singlet before mixing (Eq. A2)"),
    ]
    return [
        Quantity("v_prime_GeV", "GeV", "v'", "vacuum expectation value m_Z'/g_d (below Eq. 13)", potential.dark_vev),
        *(Quantity(name, "1", latex, meaning, coupling(field)) for name, latex, field, meaning in quartics),
        *(Quantity(name, "GeV", latex, meaning, root(field)) for name, latex, field, meaning in entries),
        Quantity(
            "g_H_hprime_hprime_GeV",
            "GeV",
            "g_{Hh'h'}",
            "coupling of the term (g/2) H h'^2 of the potential",
            potential.hprime_pair_coupling,
        ),
        Quantity(
            "g_hprime_H_H_GeV",
            "GeV",
            "g_{h'HH}",
            "coupling of the term (g/2) h' H^2 of the potential",
            potential.heavy_pair_coupling,
        ),
        Quantity(
            "gamma_h_light_GeV",
            "GeV",
            r"\Gamma(h\to HH, h'h', Hh')",
            "width of the 125 GeV scalar to light ones",
            lambda params: sum(decays.higgs_widths(params).values()),
        ),
    ]


def _of_stability() -> list[Quantity]:
    def margin(name: str) -> Callable[[Any], Any]:
        return lambda params: stability.appendix_b_margins(params)[name]

    found = [
        Quantity(
            f"{name}_margin", "1", name.upper(), f"left less right side of Eq. {name.upper()}: {what}", margin(name)
        )
        for name, what in (
            ("b6", "least of lambda_1, lambda_2, lambda_2'"),
            ("b7", "stable among the doublets"),
            ("b10", "stable with the singlet, sufficient"),
        )
    ]
    return [
        *found,
        Quantity(
            "vacuum_margin",
            "1",
            r"\min V_4/r^4",
            "least quartic potential over all directions; positive if stable (Appendix B, exact)",
            stability.vacuum_margin,
        ),
        Quantity(
            "perturbativity_margin",
            "1",
            r"4\pi-\max|\lambda_i|",
            "4 pi less the largest quartic coupling",
            stability.perturbativity_margin,
        ),
    ]


def _of_scalar(model: Any, scalar: Scalar) -> list[Quantity]:
    symbol = LATEX[scalar]

    def yukawa(name: str) -> Callable[[Any], Any]:
        return lambda params: params[name] * decays.doublet_fraction(scalar, params)

    def of(function: Any) -> Callable[[Any], Any]:
        return lambda params: function(scalar, params, model.variant)

    def branching(channel: str) -> Callable[[Any], Any]:
        return lambda params: decays.branching(scalar, channel, params, model.variant)

    return [
        Quantity(f"y_e_{scalar}", "1", f"y_e^{symbol}", "coupling to electrons (Eq. 26)", yukawa("y_e")),
        Quantity(f"y_mu_{scalar}", "1", rf"y_\mu^{symbol}", "coupling to muons (Eq. 26)", yukawa("y_mu")),
        *_lives(scalar, symbol, (of(decays.total_width), of(decays.lifetime), of(decays.decay_length))),
        *(_share(scalar, symbol, channel, branching(channel)) for channel in CHANNELS[scalar] if channel != CLOSED),
    ]


def _of_zprime(model: Any) -> list[Quantity]:
    sector = model.gauge

    def branching(channel: str) -> Callable[[Any], Any]:
        return lambda params: sector.branching(channel, params)

    channels = ("invisible", "nu4_nu4", "nu4_nu", "nutau_nutau", "ee", "mumu", "pi0_gamma", "three_pions")
    return [
        Quantity(
            "epsilon_loop",
            "1",
            r"\epsilon",
            f"kinetic mixing of Eq. 4 that vanishes at {sector.mixing_scale:.4g} GeV",
            sector.epsilon,
        ),
        Quantity(
            "epsilon_naive",
            "1",
            r"e g_B/16\pi^2",
            "size of the kinetic mixing that recasts of limits take",
            gauge.naive_mixing,
        ),
        *_lives("zprime", "{Z'}", (sector.total_width, sector.lifetime, sector.decay_length)),
        *(_share("zprime", "{Z'}", channel, branching(channel)) for channel in channels),
    ]


def _of_nu4(model: Any) -> list[Quantity]:
    def of(function: Any) -> Callable[[Any], Any]:
        return lambda params: function(params, model.gauge)

    def branching(channel: str) -> Callable[[Any], Any]:
        def share(params: Any) -> Any:
            found = dark_neutrino.partial_widths(params, model.gauge)
            return found[channel] / sum(found.values())

        return share

    symbol = r"{\nu_4}"
    life = (of(dark_neutrino.total_width), of(dark_neutrino.lifetime), of(dark_neutrino.decay_length))
    return [
        *_lives("nu4", symbol, life),
        *(_share("nu4", symbol, channel, branching(channel)) for channel in ("three_nu", "nu_zprime", "nu_ee")),
        _share("nu4", symbol, "visible", of(dark_neutrino.visible_branching)),
    ]


def _lives(name: str, symbol: str, functions: tuple[Any, Any, Any]) -> list[Quantity]:
    width, lifetime, length = functions
    return [
        Quantity(f"gamma_{name}_GeV", "GeV", rf"\Gamma_{symbol}", "total width", width),
        Quantity(f"tau_{name}_s", "s", rf"\tau_{symbol}", "lifetime", lifetime),
        Quantity(f"ctau_{name}_m", "m", rf"c\tau_{symbol}", "decay length at rest", length),
    ]


def _share(name: str, symbol: str, channel: str, function: Any) -> Quantity:
    latex = rf"\mathrm{{BR}}({symbol}\to {CHANNEL_LATEX[channel]})"
    return Quantity(f"br_{name}_{channel}", "1", latex, f"branching ratio to {channel.replace('_', ' ')}", function)


def _of_moments(model: Any) -> list[Quantity]:
    def part(lepton: str, scalar: Scalar) -> Callable[[Any], Any]:
        return lambda params: model.delta_a_parts(lepton, params)[scalar]

    def ratio(params: Any) -> Any:
        # at y_mu = 1: the ratio does not depend on it, and stays defined where it is zero
        parts = model.delta_a_parts("mu", {**params, "y_mu": 1.0})
        return parts["hprime"] / parts["H"]

    found = []
    for lepton, latex in (("mu", r"\mu"), ("e", "e")):
        meaning = f"contribution of h' and H to the anomalous moment of {lepton} (Eqs. 33, 34)"
        moment = partial(model.delta_a, lepton)
        found.append(Quantity(f"delta_a_{lepton}", "1", rf"\Delta a_{latex}", meaning, moment))
        for scalar in SCALARS:
            meaning = f"part of {NAMES[scalar]} in delta_a_{lepton}"
            latex_part = rf"\Delta a_{latex}^{LATEX[scalar]}"
            found.append(Quantity(f"delta_a_{lepton}_{scalar}", "1", latex_part, meaning, part(lepton, scalar)))
    name, latex = "delta_a_mu_ratio", r"\Delta a_\mu^{h'}/\Delta a_\mu^H"
    return [*found, Quantity(name, "1", latex, "delta_a_mu_hprime / delta_a_mu_H (section IV B)", ratio)]
