"""LSND and KARMEN: h' made on the neutrons of carbon, an electron with a 2.2 MeV photon (arXiv:2006.01948, IV A).

Neutrinos from pions and muons at rest end at m_mu/2 = 52.8 MeV. Making nu_4 and h' takes
m_nu4 + m_h' + (m_nu4 + m_h')^2/(2 M), 75.7 MeV at Table I: decay at rest makes exactly none, in either experiment, and
LSND is left with decay in flight. The decay-in-flight spectrum of LSND is not at hand as numbers, nor its integral: so
the prediction for LSND is per fluence, at a published mean energy, together with the fluence that one and two events
would need and a lower bound on the fluence from a measured rate. Free nucleons at rest: no binding, no Pauli blocking.
"""

from typing import Any

import jax.numpy as jnp

from zprimefit.constants import (
    AVOGADRO,
    CARBON_MASS_NUMBER,
    CH2_MOLAR_MASS,
    MUON_MASS,
    NUCLEON_MASS,
    PI_PLUS_MASS,
)
from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.elsewhere.prediction import (
    Params,
    Prediction,
    Result,
    muon_sources,
    pairs_per_target,
    threshold,
)
from zprimefit.numerics.quadrature import unit_rule

FLUENCE_UNIT = 1e12
"""Neutrinos per cm^2 that the decay-in-flight prediction is per."""

N_NODES = 24

GRAMS_PER_TONNE = 1e6


def _lsnd(name: str) -> float:
    return published_inputs("lsnd-2001/beam_and_detector")[name].value


def neutrons_in_carbon() -> float:
    """Neutrons in the carbon of LSND's fiducial volume: half of the nucleons of every carbon nucleus."""
    return CARBON_MASS_NUMBER / 2 * _lsnd("fiducial_molecules")


def decay_in_flight_events(model: Any, params: Params, e_nu: Any) -> Any:
    """Selected events in LSND per 1e12 neutrinos/cm^2 of energy e_nu [GeV], of its shape."""
    sigma = pairs_per_target(model, params, e_nu, "incoherent")
    return FLUENCE_UNIT * neutrons_in_carbon() * _lsnd("electron_efficiency") * sigma


def decay_at_rest_cross_section(model: Any, params: Params) -> Any:
    """Sum of the cross sections for a pair per neutron, averaged over each spectrum of decay at rest [cm^2].

    nu_mu of pi+ decay is a line at (m_pi^2 - m_mu^2)/(2 m_pi); nu_mu-bar of mu+ decay has the Michel spectrum
    dN/dx = 2 x^2 (3 - 2 x), x = 2 E/m_mu, with the electron's mass neglected.
    """
    line = (PI_PLUS_MASS**2 - MUON_MASS**2) / (2 * PI_PLUS_MASS)
    nodes, weights = unit_rule(N_NODES)
    # The cross section opens at a threshold inside the spectrum: nodes start there.
    lowest = jnp.min(jnp.stack([jnp.asarray(threshold(params, s, NUCLEON_MASS)) for s in muon_sources(model)]))
    start = jnp.clip(2 * lowest / MUON_MASS, 0.0, 1.0)
    x = start + (1 - start) * nodes
    spectrum = (1 - start) * weights * 2 * x**2 * (3 - 2 * x)
    energies = jnp.append(x * MUON_MASS / 2, line)
    return jnp.sum(jnp.append(spectrum, 1.0) * pairs_per_target(model, params, energies, "incoherent"))


def lsnd_decay_at_rest_events(model: Any, params: Params) -> Any:
    """Selected events in LSND from neutrinos of decay at rest."""
    exposure = _lsnd("dar_fluence") * neutrons_in_carbon() * _lsnd("electron_efficiency")
    return exposure * decay_at_rest_cross_section(model, params)


def karmen_events(model: Any, params: Params) -> Any:
    """Pairs in KARMEN from decay at rest, before any selection, for LSND's fluence of decay at rest.

    KARMEN's own fluence is not at hand; at equal source strength it is (29.8 m / 17.7 m)^2 = 2.8 times as much, with
    fewer protons. Every pair counts, in all 56 t taken as CH2.
    """
    mass = published_inputs("karmen-2002/detector")["detector_mass"].value
    neutrons = CARBON_MASS_NUMBER / 2 * mass * GRAMS_PER_TONNE / CH2_MOLAR_MASS * AVOGADRO
    return _lsnd("dar_fluence") * neutrons * decay_at_rest_cross_section(model, params)


def least_fluence() -> float:
    """Lower bound on LSND's decay-in-flight fluence above muon threshold [1/cm^2], runs of 1993-95.

    Measured events to the ground state of nitrogen-12 over their cross section and carbon nuclei: what an efficiency
    of one would need. Later runs add to it.
    """
    return _lsnd("ground_state_events") / (_lsnd("ground_state_cross_section") * _lsnd("fiducial_molecules"))


def lsnd_prediction(model: Any, params: Params, e_nu: float | None = None) -> Prediction:
    """Events in LSND per 1e12/cm^2 of decay-in-flight muon neutrinos.

    Parameters
    ----------
    model, params : with ``cross_section`` and ``pair_sources``, and values by name.
    e_nu : neutrino energy [GeV]; by default the published mean energy of those that interact.
    """
    published = published_inputs("lsnd-2001/beam_and_detector")
    energy = published["mean_energy"].value if e_nu is None else e_nu
    events = float(decay_in_flight_events(model, params, energy))
    claimed = tuple(
        Result(n * FLUENCE_UNIT / events if events > 0 else float("inf"), "1/cm^2", f"fluence that makes {n} event(s)")
        for n in (1, 2)
    )
    names = ("fiducial_molecules", "electron_efficiency", "dar_fluence", "mean_energy", "ground_state_events",
             "ground_state_cross_section", "observed_excess")  # fmt: skip
    return Prediction(
        name="LSND, h' from decay in flight",
        result=Result(events, "events per 1e12/cm^2", f"neutrinos of {energy:.4g} GeV"),
        claim="1-2 events, from decay in flight only, against 87.9 observed (section IV A)",
        inputs=tuple(published[name] for name in names),
        alternatives=(
            *claimed,
            Result(least_fluence(), "1/cm^2", "fluence of 1993-95 above muon threshold, at least"),
            Result(least_fluence() / FLUENCE_UNIT * events, "events", "for that fluence"),
            Result(float(lsnd_decay_at_rest_events(model, params)), "events", "from decay at rest"),
        ),
        notes=(
            "the decay-in-flight spectrum was not found as numbers: one energy stands for it",
            "neutrons of carbon as free and at rest; every visible energy counts; the 2.2 MeV photon is always tagged",
        ),
    )


def karmen_prediction(model: Any, params: Params) -> Prediction:
    """Pairs in KARMEN from decay at rest: zero wherever nu_4 and h' together are heavier than about 51.4 MeV."""
    published = published_inputs("karmen-2002/detector")
    fluence = published_inputs("lsnd-2001/beam_and_detector")["dar_fluence"]
    return Prediction(
        name="KARMEN, h' from decay at rest",
        result=Result(float(karmen_events(model, params)), "events", "all pairs, for LSND's decay-at-rest fluence"),
        claim="about 0 events, consistent with the null result (section IV A)",
        inputs=(*published.values(), fluence),
        alternatives=(
            *(
                Result(float(threshold(params, s, NUCLEON_MASS)), "GeV", f"lowest neutrino energy that makes {s.name}")
                for s in muon_sources(model)
            ),
            Result(MUON_MASS / 2, "GeV", "highest neutrino energy of decay at rest"),
        ),
        notes=("no decay in flight, as arXiv:2006.01948 takes it",),
    )
