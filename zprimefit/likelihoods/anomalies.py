"""Decays enhanced by the anomalies of a vector coupled to baryon number (arXiv:1705.06726, 1707.01503).

Heavy fermions that cancel the anomalies leave Wess-Zumino terms, and with them rates ~ (g/m_X)^2 into longitudinal X:

    g_ij = 3 g_2^4 (3/2) g / (16 pi^2)^2 |Sum_q V_qi V_qj* F(m_q^2/m_W^2)|,  F(x) = x [1 + x (ln x - 1)] / (1 - x)^2
    Gamma(M -> m X) = g_ij^2 f_+^2(m_X^2) p^3 / (8 pi m_X^2)
    Gamma(Z -> gamma X) = (3/2)^2 g^2 g_2^2 g_1^2 m_Z^3 / (384 pi^5 m_X^2)

mu = (g / g_lim)^2 times the vector's branching ratio to what a curve assumes, invisible states for decays. The anomalon
curve is no rate: it says that charged fermions heavier than 90 GeV need g/m_X < 4 pi / (3 x 90 GeV), whatever the
vector decays to; its term is one in (g / g_lim)^2 all the same.

K -> pi X has two choices. The published line (``kaon="published"``) corresponds to a branching ratio near 7e-11 at
low masses and runs smoothly across m_pi0. The search of E949 for such a peak (``kaon="e949"``) says what was seen: up
to ten times weaker in rate above 100 MeV, and nothing between 125 and 150 MeV or above 255 MeV.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import log, pi, sqrt
from typing import Any, Literal

import jax.numpy as jnp

from zprimefit.constants import CHARM_MASS, FERMI_CONSTANT, HBAR_GEV_S, KAON_MASS, PI_PLUS_MASS, W_MASS
from zprimefit.datasets import published_inputs
from zprimefit.datasets.anomalies import anomaly_limits, kaon_to_pion_invisible
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, table
from zprimefit.likelihoods.limits import LimitCurve, check_digitisation
from zprimefit.models.particles import LightVector
from zprimefit.names import check_name
from zprimefit.numerics.roots import positive_root

Kaon = Literal["published", "e949"]
CURVES = ("b-to-k", "k-to-pi", "z-to-photon", "anomalon")
ANOMALY = 3 / 2
"""Of baryon number with the weak bosons."""


def loop_function(x: float) -> float:
    """F(x) of the quark in the loop, x = m_q^2 / m_W^2."""
    return x * (1 + x * (log(x) - 1)) / (1 - x) ** 2


def flavour_changing_coupling(mixing: float) -> float:
    """Coupling g_ij over g of the vector to two down-type quarks, for |Sum_q V_qi V_qj* F(m_q^2/m_W^2)|."""
    weak_squared = 8 * FERMI_CONSTANT * W_MASS**2 / sqrt(2)
    return 3 * weak_squared**2 * ANOMALY / (16 * pi**2) ** 2 * mixing


def meson_width(mass: Any, parent: float, child: float, coupling: float, form_factor: float) -> Any:
    """Width of a meson to a lighter one and the vector over g^2 [GeV]; zero where closed.

    Parameters
    ----------
    mass : of the vector [GeV].
    parent, child : masses of the mesons [GeV].
    coupling : g_ij over g, see :func:`flavour_changing_coupling`.
    form_factor : f_+ at the vector's mass.
    """
    low, high = (parent - child) ** 2, (parent + child) ** 2
    squared = mass**2
    momentum = positive_root((low - squared) * jnp.where(squared < low, high - squared, 0.0)) / (2 * parent)
    return (coupling * form_factor) ** 2 * momentum**3 / (8 * pi * squared)


def kaon_to_pion(mass: Any) -> Any:
    """BR(K+ -> pi+ X) over g^2, top and charm in the loop, with f_+ at zero."""
    inputs = {name: row.value for name, row in published_inputs("anomalies-2017/kaon_rate").items()}
    top = loop_function((inputs["top_mass"] / W_MASS) ** 2)
    charm = inputs["charm"] * loop_function((CHARM_MASS / W_MASS) ** 2)
    mixing = abs(complex(inputs["real_top"] * top + charm, inputs["imaginary_top"] * top))
    width = meson_width(mass, KAON_MASS, PI_PLUS_MASS, flavour_changing_coupling(mixing), inputs["form_factor"])
    return width * inputs["lifetime"] / HBAR_GEV_S


@dataclass(frozen=True)
class AnomalousBaryonNumber:
    """Sum over the curves of c mu^2; zero, for a reason, in models whose gauge group has no anomaly.

    Parameters
    ----------
    curves : of ``b-to-k``, ``k-to-pi``, ``z-to-photon``, ``anomalon``.
    kaon : limit on K -> pi X, ``"published"`` or ``"e949"``, see the module.
    digitisation : relative standard error of the published couplings, between 0 and 0.3; profiled for each curve, see
        ``limits``. E949 limits a branching ratio: twice as much is the error of that.

    Raises
    ------
    ValueError
        For an unknown curve or choice, no curve, or an error out of its range.
    """

    curves: tuple[str, ...] = CURVES
    kaon: Kaon = "published"
    digitisation: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not self.curves:
            msg = f"u1b-anomaly: no curves; available: {', '.join(CURVES)}"
            raise ValueError(msg)
        for curve in self.curves:
            check_name("u1b-anomaly: curve", curve, CURVES)
        check_name("u1b-anomaly: kaon", self.kaon, ("published", "e949"))
        check_digitisation(self.name, self.digitisation)

    @property
    def name(self) -> str:
        """``u1b-anomaly``."""
        return "u1b-anomaly"

    @property
    def cite(self) -> tuple[str, ...]:
        """Publications of the curves."""
        e949 = ("0903.0030",) if self._takes_peak else ()
        return ("1705.06726", "1707.01503", *e949)

    @property
    def n_data(self) -> int:
        """Limits only."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have; `anomalous_baryon_number()` is true where heavy fermions cancel anomalies of U(1)."""
        return ("vector", "anomalous_baryon_number")

    @property
    def samples(self) -> tuple[str, ...]:
        """The data behind the curves."""
        return tuple(anomaly_limits()[name].data for name in self.curves)

    @property
    def cl(self) -> float:
        """Lowest confidence level of the curves; each enters with its own."""
        return min(anomaly_limits()[name].cl for name in self.curves)

    @property
    def _takes_peak(self) -> bool:
        return self.kaon == "e949" and "k-to-pi" in self.curves

    @cached_property
    def _published(self) -> dict[str, LimitCurve]:
        return {name: LimitCurve(c.mass, c.limit) for name, c in anomaly_limits().items()}

    @cached_property
    def _peak(self) -> tuple[LimitCurve, ...]:
        return tuple(LimitCurve(*region) for region in kaon_to_pion_invisible())

    def reason(self, model: Any) -> str:
        """Why the term is zero for a model; empty where it applies."""
        return "" if model.anomalous_baryon_number() else "the gauge group is free of anomalies"

    def _rate(self, name: str, vector: LightVector) -> Any:
        coupling = vector.coupling("neutron")[0]  # no charge: baryon number alone
        share = vector.branching("invisible") if anomaly_limits()[name].decay == "invisible" else 1.0
        if name == "k-to-pi" and self._takes_peak:
            # outside of a region its limit is enormous: of the two, the one that holds gives the larger rate
            inverse = sum(1 / region(vector.mass) for region in self._peak)
            return coupling**2 * kaon_to_pion(vector.mass) * inverse * share
        return (coupling / self._published[name](vector.mass)) ** 2 * share

    def mu_by_curve(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit, by curve; zero outside of its masses."""
        if not model.anomalous_baryon_number():
            return {name: jnp.zeros(()) for name in self.curves}
        vector = model.vector(params)
        return {name: jnp.asarray(self._rate(name, vector)) for name in self.curves}

    def mu(self, model: Any, params: Params) -> Any:
        """Largest rate over the rate at the limit of all curves."""
        return jnp.stack(list(self.mu_by_curve(model, params).values())).max()

    @property
    def observation(self) -> LimitObservation:
        """The curves' limits."""
        limits = tuple(Limit("background", anomaly_limits()[name].cl) for name in self.curves)
        return LimitObservation(limits, self.digitisation)

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`mu_by_curve`, (n_curves, 1)."""
        return table([[mu] for mu in self.mu_by_curve(model, params).values()])

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L: the sum over the curves."""
        return self.observation.minus2lnl(self.forecast(model, params))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        limits = [anomaly_limits()[name] for name in self.curves]
        found = [f"{c.name}: CL {100 * c.cl:.0f} % (unconfirmed)" for c in limits if c.cl_status == "unconfirmed"]
        if self._takes_peak:
            rows = published_inputs("anomalies-2017/kaon_rate").values()
            found += [f"k-to-pi: {r.meaning} ({r.status})" for r in rows if r.status == "unconfirmed"]
        return tuple(found)
