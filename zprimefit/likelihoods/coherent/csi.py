"""COHERENT's caesium iodide: counts in light and arrival time, 2017 and all data (2021).

Steady-state background: its light is counted in the window before the beam, every bin with its Poisson error as a pull,
its arrival times follow the time efficiency (an event is lost where another came before it). Neutrons of the beam and
neutrons that neutrinos make in the shielding are simulated by the collaboration. In 2021 the time distribution of the
induced neutrons is that of the neutrinos from muons, I(t): so the beam pulse is dI/dt + I/tau_mu.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar, Final, Literal

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from numpy.typing import NDArray

from zprimefit.datasets import PublishedInput, coherent_inputs, csi_2017, csi_2021, csi_response
from zprimefit.likelihoods.coherent.cross_section import caesium_iodide
from zprimefit.likelihoods.coherent.detector import CoherentData
from zprimefit.likelihoods.coherent.flux import fluence
from zprimefit.likelihoods.coherent.recoils import RecoilRates, nuclei_in
from zprimefit.likelihoods.coherent.statistic import Morph, ProfiledPoisson, scaled
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import panels

Array = NDArray[np.float64]
Quenching = Literal["2021", "2017"]

PE_EDGES: Final = np.array([8.0, 12, 16, 20, 24, 32, 40, 50, 60])
"""Bins in photoelectrons, 2021: no finer than the resolution, each with more than 90 counts before the beam."""
T_EDGES: Final = np.array([*np.linspace(0.0, 1.0, 9), 2.0, 4.0, 6.0])
"""Bins in time [us], 2021: fine where the pulse is, then of the order of the muon's lifetime."""
PE_RANGE_2017: Final = (6, 30)
"""Photoelectrons of the analysis of 2017."""
T_END_2017: Final = 6.0
"""End of its arrival times [us]."""
PE_NODES: Final = 8
"""Nodes per bin of light."""
LEAST_LIGHT: Final = 1e-12
"""Energy [GeV] where the light of vanishing recoils is evaluated."""


def quenched(recoil: Any, coefficients: Array) -> Any:
    """Electron-equivalent energies (..., n) [GeV] of recoils (n,) [GeV], Sum_k c_k T^k; at least `LEAST_LIGHT`.

    Parameters
    ----------
    recoil : T.
    coefficients : (..., 4).
    """
    c1, c2, c3, c4 = np.moveaxis(coefficients, -1, 0)[..., None]
    return jnp.maximum(recoil * (c1 + recoil * (c2 + recoil * (c3 + recoil * c4))), LEAST_LIGHT)


def gamma_density(light: Array, energy: Any, published: dict[str, PublishedInput]) -> Any:
    """Density per photoelectron, (..., n_light, n), of the light of energies (..., n) [GeV_ee], release of 2021.

    [a (1 + b)]^(1 + b)/Gamma(1 + b) x^b exp(-a (1 + b) x), of mean 1/a = E/(0.0749 keV), b = 9.56 E/keV.
    """
    b = published["smearing"].value * energy
    rate = (1 + b) * published["energy_per_photoelectron"].value / energy
    logarithm = (1 + b) * jnp.log(rate) - gammaln(1 + b)
    log, b, rate = logarithm[..., None, :], b[..., None, :], rate[..., None, :]
    return jnp.exp(log + b * np.log(light)[:, None] - rate * light[:, None])


def poisson_probability(light: Array, mean: Any) -> Any:
    """Poisson probability (..., n_light, n) of whole photoelectrons for means (..., n)."""
    mean = mean[..., None, :]
    return jnp.exp(light[:, None] * jnp.log(mean) - mean - gammaln(light + 1)[:, None])


def logistic(light: Array, coefficients: Array) -> Array:
    """a/(1 + exp(-k (x - x0))) + d, at least zero."""
    a, k, x0, d = coefficients
    return np.asarray(np.maximum(a / (1 + np.exp(-k * (light - x0))) + d, 0.0))


def _moved(quenching: Array) -> Array:
    """Central coefficients, then those up and down along every direction, (n_variants, 4)."""
    centre, *shifts = quenching
    return np.array([centre, *(centre + sign * shift for shift in shifts for sign in (1, -1))])


def _exposures(published: dict[str, PublishedInput]) -> Any:
    caesium, iodine = caesium_iodide()
    masses = coherent_inputs("csi-2021")
    molecules = nuclei_in(published["mass"].value, masses["cesium_mass"].value + masses["iodine_mass"].value)
    flux = fluence(*(published[name].value for name in ("protons", "neutrinos_per_proton", "baseline")))
    return (caesium, molecules * flux), (iodine, molecules * flux)


def time_efficiency(time: Array) -> Array:
    """1 until 0.52 us, then exponential (release of 2021)."""
    published = coherent_inputs("csi-2021")
    late = np.maximum(time - published["time_efficiency_start"].value, 0.0)
    return np.exp(-published["time_efficiency_slope"].value * late)


def _light_pulls(steady: Array, shares: Array) -> tuple[Morph, ...]:
    """One pull for every bin of light: the Poisson error of its counts before the beam."""
    morphs = []
    for k, counts in enumerate(steady):
        only = np.zeros((len(steady), len(shares)))
        only[k] = counts * shares
        morphs.append(scaled(f"steady_{k}", only.ravel(), 1 / np.sqrt(counts)))
    return tuple(morphs)


@cache
def arrival_2021() -> dict[str, Array]:
    """Share of events (n_t,) in the bins `T_EDGES` with the time efficiency in it.

    ``prompt`` and ``delayed`` neutrinos, ``beam`` and ``induced`` neutrons per particle between 0 and 6 us, except for
    neutrinos: per neutrino of the pulse; ``steady``: adds to one.
    """
    data, lifetime = csi_2021(), coherent_inputs("csi-2021")["muon_lifetime"].value
    edges = data.neutron_t_edges
    centre, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    delayed = data.neutron_times["induced"] / width
    # Integral of dI/dt + I/tau up to an edge; I at an edge by the mean of its neighbours
    at_edges = np.pad((delayed[1:] + delayed[:-1]) / 2, 1)
    pulse = np.diff(at_edges + np.append(0.0, np.cumsum(delayed * width)) / lifetime)
    # Past 1.5 us the pulse is over: what is left is the noise of the simulation
    pulse = np.where(centre < 1.5, pulse, 0.0)
    total = pulse.sum()
    window = (centre > T_EDGES[0]) & (centre < T_EDGES[-1])
    shapes = {
        "prompt": pulse / total,
        "delayed": delayed * width / (lifetime * total),
        **{kind: times / times[window].sum() for kind, times in data.neutron_times.items()},
    }
    binned = {name: _in_bins(centre, shape * time_efficiency(centre), T_EDGES) for name, shape in shapes.items()}
    steady = _in_bins(centre, time_efficiency(centre) * width, T_EDGES)
    return binned | {"steady": steady / steady.sum()}


def _in_bins(values: Array, weights: Array, edges: Array) -> Array:
    return np.histogram(values, edges, weights=weights)[0].astype(np.float64)


@dataclass(frozen=True)
class CoherentCsI2021(CoherentData):
    """All data of the CsI[Na] detector, 13.99 GWh; contains the data of 2017."""

    label: ClassVar[str] = "coherent-csi-2021"
    publications: ClassVar[tuple[str, ...]] = ("2110.07730",)
    sample: ClassVar[str] = "COHERENT CsI"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return (*unconfirmed("coherent-csi-2021/detector"), *unconfirmed("coherent-csi-2021/response"))

    @cached_property
    def rates(self) -> RecoilRates:
        """Central values, then quenching along two directions, each up and down."""
        published, response = coherent_inputs("csi-2021"), csi_response()
        light, weights = panels(PE_EDGES, PE_NODES)
        sums = np.kron(np.eye(len(PE_EDGES) - 1), np.ones(PE_NODES)) * weights
        seen, curves = sums * logistic(light, response["efficiency"]), _moved(response["quenching"])

        def see(recoil: Any) -> Any:
            return seen @ gamma_density(light, quenched(recoil, curves), published)

        return RecoilRates(_exposures(published), see)

    def templates(self, prompt: Any, delayed: Any) -> Any:
        """(5, n_pe n_t) from events of prompt and delayed neutrinos (5, n_pe)."""
        times = arrival_2021()
        cells = prompt[..., None] * times["prompt"] + delayed[..., None] * times["delayed"]
        return cells.reshape(len(cells), -1)

    @cached_property
    def statistic(self) -> ProfiledPoisson:
        """Data, backgrounds and pulls."""
        data, published, times = csi_2021(), coherent_inputs("csi-2021"), arrival_2021()
        cells = np.histogram2d(*data.events["coincidence"], bins=(PE_EDGES, T_EDGES))[0]
        before = _in_bins(data.events["anticoincidence"][0], np.ones_like(data.events["anticoincidence"][0]), PE_EDGES)
        steady = np.outer(before, times["steady"])
        centre = (data.neutron_pe_edges[1:] + data.neutron_pe_edges[:-1]) / 2
        neutrons = {
            kind: published[f"{kind}_neutrons"].value * np.outer(_in_bins(centre, light, PE_EDGES), times[kind])
            for kind, light in data.neutron_light.items()
        }
        morphs = tuple(scaled(k, b.ravel(), published[f"{k}_neutrons_error"].value) for k, b in neutrons.items())
        errors = [published[f"{name}_error"].value for name in ("flux", "theory", "efficiency")]
        return ProfiledPoisson(
            data=cells.ravel(),
            background=(steady + sum(neutrons.values())).ravel(),
            morphs=(*morphs, *_light_pulls(before, times["steady"])),
            signal_error=float(np.sqrt(np.sum(np.square(errors)))),
            signal_shapes=("quenching_1", "quenching_2"),
        )


@dataclass(frozen=True)
class CoherentCsI2017(CoherentData):
    """First observation, 1.76e23 protons: 6-30 photoelectrons, 0-6 us.

    Parameters
    ----------
    quenching : ``"2021"``, measured later, or ``"2017"``, the constant 8.78 +- 1.66 % of the first analysis.

    Raises
    ------
    ValueError
        For another quenching.
    """

    quenching: Quenching = "2021"

    label: ClassVar[str] = "coherent-csi-2017"
    publications: ClassVar[tuple[str, ...]] = ("1708.01294", "1804.09459")
    sample: ClassVar[str] = "COHERENT CsI"

    def __post_init__(self) -> None:
        check_name("quenching", self.quenching, ("2021", "2017"))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        later = ["weak_mixing", "cesium_mass", "iodine_mass", "time_efficiency_slope"]
        found = unconfirmed("coherent-csi-2021/detector", later)
        own = set(coherent_inputs("csi-2017"))
        if self.quenching == "2021":
            found += unconfirmed("coherent-csi-2021/response")
            own -= {"quenching", "quenching_error"}
        return (*unconfirmed("coherent-csi-2017/detector", own), *found)

    @cached_property
    def _light(self) -> Array:
        """Whole photoelectrons of the analysis."""
        return np.arange(*PE_RANGE_2017, dtype=np.float64)

    def _efficiency(self, light: Array) -> Array:
        published = coherent_inputs("csi-2017")
        curve = [published[f"efficiency_{name}"].value for name in ("a", "k", "x0")]
        return logistic(light, np.array([*curve, 0.0]))  # its steps at 5 and 6 photoelectrons are below the range

    @property
    def _curves(self) -> Array:
        """Central quenching, then its shifts up and down, (n_variants, 4)."""
        if self.quenching == "2021":
            return _moved(csi_response()["quenching"])
        published = coherent_inputs("csi-2017")
        value, error = published["quenching"].value, published["quenching_error"].value
        return np.array([[q, 0.0, 0.0, 0.0] for q in (value, value + error, value - error)])

    @cached_property
    def rates(self) -> RecoilRates:
        """Central values, then quenching up and down in every direction."""
        published = coherent_inputs("csi-2017")
        gain, light, curves = published["light_yield"].value, self._light, self._curves
        sums = np.kron(np.eye(len(light) // 2), np.ones(2)) * self._efficiency(light)

        def see(recoil: Any) -> Any:
            return sums @ poisson_probability(light, gain * quenched(recoil, curves))

        return RecoilRates(_exposures(published), see)

    @cached_property
    def _window(self) -> tuple[Any, Any]:
        """Bins of the analysis in light and in time."""
        data = csi_2017()
        low, high = PE_RANGE_2017
        pe = (data.pe_edges[:-1] >= low) & (data.pe_edges[1:] <= high)
        return np.flatnonzero(pe), np.flatnonzero(data.t_edges[1:] <= T_END_2017)

    def templates(self, prompt: Any, delayed: Any) -> Any:
        """(n_variants, n_pe n_t) from events of prompt and delayed neutrinos (n_variants, n_pe)."""
        arrival, (_, t) = csi_2017().arrival, self._window
        early, late = arrival["prompt_neutrinos"][t], arrival["delayed_neutrinos"][t]
        cells = prompt[..., None] * early + delayed[..., None] * late
        return cells.reshape(len(cells), -1)

    @cached_property
    def statistic(self) -> ProfiledPoisson:
        """Data, backgrounds and pulls; induced neutrons, some four events, are left out as the collaboration does."""
        data, published, (pe, t) = csi_2017(), coherent_inputs("csi-2017"), self._window
        before = data.anticoincidence[np.ix_(pe, t)].sum(axis=1)
        # The same selection as later: an earlier pulse hides an event
        slope = coherent_inputs("csi-2021")["time_efficiency_slope"].value
        hidden = -np.diff(np.exp(-slope * data.t_edges))[t]
        hidden = hidden / hidden.sum()
        spectrum = data.neutron_density * self._efficiency(data.neutron_pe)
        light = _in_bins(data.neutron_pe, spectrum, data.pe_edges)[pe]
        neutrons = published["neutrons"].value * np.outer(light / light.sum(), data.arrival["prompt_neutrons"][t])
        errors = [published[f"{name}_error"].value for name in ("flux", "acceptance", "form_factor")]
        return ProfiledPoisson(
            data=data.coincidence[np.ix_(pe, t)].ravel(),
            background=(np.outer(before, hidden) + neutrons).ravel(),
            morphs=(scaled("neutrons", neutrons.ravel(), published["neutrons_error"].value),
                    *_light_pulls(before, hidden)),
            signal_error=float(np.sqrt(np.sum(np.square(errors)))),
            signal_shapes=("quenching_1", "quenching_2") if self.quenching == "2021" else ("quenching",),
        )  # fmt: skip
