"""The MiniBooNE electron-like excess as a component of the likelihood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.constants import ELECTRON_MASS, NUCLEONS_IN_CH2
from zprimefit.datasets import MODES, electron_like
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone.acceptance import RULES, Rule, accepted_fraction
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.response import energy_nodes
from zprimefit.likelihoods.miniboone.spectrum import unit_spectrum
from zprimefit.likelihoods.miniboone.statistic import N_REGION, N_SIGNAL, GaussianStatistic, SignalCovariance
from zprimefit.likelihoods.miniboone.surrogate import SpectrumSurrogate, build
from zprimefit.models.sources import PairSource
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import panels
from zprimefit.parameters import Parameter, Shear

Statistic = Literal["gaussian", "gaussian-logdet"]

NO_EVENTS = 1e-250
"""Where nothing is accepted, the logarithm of the number of events stays finite."""

SMOOTH_ENOUGH = 1e-3
"""Share of pairs that a surrogate may lose at the edge of its domain: what its own accuracy hides."""


@dataclass(frozen=True)
class MiniBooNE:
    """Electron-like events of MiniBooNE in E_nu^QE, both modes jointly (arXiv:2006.16883 release, 1250 MeV bins).

    Parameters
    ----------
    view : ``"enuqe"``, the view with a released covariance.
    modes : ``"fhc"`` (neutrino) and/or ``"rhc"`` (antineutrino).
    statistic : ``"gaussian"`` chi-square with a covariance that follows the prediction; ``"gaussian-logdet"`` adds
        ln det, the collaboration's -2 ln L.
    signal_covariance : ``"normalisation"`` or ``"released"``, see :class:`GaussianStatistic`.
    signal_systematic : relative normalisation error of the signal (15 % in arXiv:2006.01948, section IV A).
    acceptance : when a pair is one ring, the same rule for every scalar; see :func:`accepted_fraction`.
    scalars : which scalars of the model count.
    name : in tables.

    Raises
    ------
    ValueError
        For an unknown option.
    """

    view: Literal["enuqe"] = "enuqe"
    modes: tuple[str, ...] = MODES
    statistic: Statistic = "gaussian"
    signal_covariance: SignalCovariance = "normalisation"
    signal_systematic: float = 0.15
    acceptance: Rule = "eq32"
    scalars: tuple[str, ...] = ("hprime", "H")
    name: str = "miniboone"

    def __post_init__(self) -> None:
        for key in ("modes", "scalars"):
            given: Any = getattr(self, key)
            object.__setattr__(self, key, (given,) if isinstance(given, str) else tuple(given))
        if len(set(self.scalars)) < len(self.scalars):
            msg = f"miniboone: scalars must differ, got {list(self.scalars)}; each would be counted twice"
            raise ValueError(msg)
        check_name("view of miniboone", self.view, ("enuqe",))
        check_name("statistic of miniboone", self.statistic, ("gaussian", "gaussian-logdet"))
        check_name("signal_covariance of miniboone", self.signal_covariance, ("normalisation", "released"))
        check_name("acceptance of miniboone", self.acceptance, RULES)
        for mode in self.modes:
            check_name("mode of miniboone", mode, MODES)
        if not self.modes or list(self.modes) != [m for m in MODES if m in self.modes]:
            msg = f"miniboone: modes must be one or both of {MODES} in this order, got {self.modes}"
            raise ValueError(msg)
        error: Any = self.signal_systematic
        if isinstance(error, bool) or not (isinstance(error, int | float) and np.isfinite(error) and error >= 0):
            msg = f"miniboone: signal_systematic must be a finite number >= 0, got {self.signal_systematic!r}"
            raise ValueError(msg)

    @property
    def cite(self) -> tuple[str, ...]:
        """Data, flux, efficiency, and the e+e- acceptance rules."""
        return ("2006.16883", "0806.1449", "1207.4809", "2006.01948")

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must predict."""
        return ("pair_sources",)

    @cached_property
    def gaussian(self) -> GaussianStatistic:
        """The statistic with its fixed matrices."""
        return GaussianStatistic(
            self.modes, self.signal_covariance, self.signal_systematic, self.statistic == "gaussian-logdet"
        )

    @property
    def n_data(self) -> int:
        """Number of bins."""
        return self.gaussian.n_data

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins in E_nu^QE [GeV], (12,)."""
        return electron_like(self.modes[0]).edges

    # -- predictions ------------------------------------------------------------------------------------------------

    def signal(self, model: Any, params: Params) -> Any:
        """Signal counts (n_modes, 11) by direct integration."""
        return self.signal_of(model.pair_sources(self.scalars), params)

    def signal_of(self, sources: tuple[PairSource, ...], params: Params) -> Any:
        """Signal counts (n_modes, 11) of some of the sources, by direct integration."""

        def spectrum(source: PairSource) -> Any:
            return unit_spectrum(source, self.modes, self.acceptance)(_masses(source, params)).sum(axis=0)

        return _signal(sources, spectrum, params, len(self.modes))

    def predict(self, model: Any, params: Params) -> dict[str, NDArray[np.float64]]:
        """Signal counts in the eleven release bins, by mode, by direct integration."""
        counts = np.asarray(self.signal(model, params))
        return {mode: counts[i] for i, mode in enumerate(self.modes)}

    def events(self, model: Any, params: Params, *, n_per_bin: int = 4) -> dict[tuple[str, str, str], dict[str, float]]:
        """Event numbers by (mode, scalar, channel): how many are made, and how many are seen.

        ``produced``: scalars made in the whole tank; ``to_ee``: times BR(e+e-); ``efficiency``: in 200 < E_nu^QE <
        1250 MeV after efficiency and resolution, every pair a ring; ``selected``: with the acceptance rule.
        """
        flux = exposed_flux(self.modes)
        energies, weights = panels(np.linspace(0.0, highest_energy(), 201), n_per_bin)
        exposure = np.asarray(flux(energies)) * weights
        table: dict[tuple[str, str, str], dict[str, float]] = {}
        for source in model.pair_sources(self.scalars):
            coupling, parts = float(source.coupling(params)), np.asarray(source.weights(params))
            branching = coupling / float(model.rate_coupling(params, source.name))
            seen, selected = (
                np.einsum(
                    "p,tpmb->mtb", parts, np.asarray(unit_spectrum(source, self.modes, rule)(_masses(source, params)))
                )
                for rule in ("all", self.acceptance)
            )
            for t, channel in enumerate(source.channels):
                per_molecule = NUCLEONS_IN_CH2 if channel == "incoherent" else 1
                sigma = per_molecule * np.asarray(model.cross_section(params, energies, source.name, channel))
                for m, mode in enumerate(self.modes):
                    produced = float(exposure[m] @ sigma)
                    table[mode, source.name, channel] = {
                        "produced": produced,
                        "to_ee": produced * branching,
                        "efficiency": coupling * float(seen[m, t, :N_REGION].sum()),
                        "selected": coupling * float(selected[m, t, :N_REGION].sum()),
                    }
        return table

    # -- likelihood -------------------------------------------------------------------------------------------------

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point, by direct integration."""
        return self.gaussian.minus2lnl(self.signal(model, params))

    def minus2lnl_of_signal(self, signal: Mapping[str, ArrayLike]) -> float:
        """-2 ln L of given signal counts, mode -> (11,).

        Raises
        ------
        ValueError
            For missing modes, another number of bins, or counts that are negative or not finite.
        """
        if set(signal) != set(self.modes):
            msg = f"miniboone: expected signal counts for the modes {list(self.modes)}, got {list(signal)}"
            raise ValueError(msg)
        counts = [np.asarray(signal[mode], dtype=np.float64) for mode in self.modes]
        for mode, given in zip(self.modes, counts, strict=True):
            if given.shape != (N_SIGNAL,) or not (np.isfinite(given) & (given >= 0)).all():
                msg = f"miniboone: signal of mode {mode}: expected {N_SIGNAL} finite counts >= 0, got {given.tolist()}"
                raise ValueError(msg)
        return float(self.gaussian.minus2lnl(np.stack(counts)))

    def bind(
        self,
        model: Any,
        parameters: Mapping[str, Parameter],
        *,
        engine: str,
        progress: Callable[[str], None] | None = None,
    ) -> "BoundMiniBooNE":
        """Tie to a model: with ``engine="surrogate"`` the spectra are interpolated in the free masses."""
        sources = tuple(s for s in model.pair_sources(self.scalars) if self._accepts(s, parameters, engine))
        surrogates = {}
        if engine == "surrogate":
            for source in sources:
                label = repr((model, source.name, self.modes, self.acceptance))
                direct, fine = (unit_spectrum(source, self.modes, self.acceptance, fine=f) for f in (False, True))
                surrogates[source.name] = build(direct, parameters, source.masses, label, progress, fine)
        return BoundMiniBooNE(self, model, sources, surrogates)

    def touches(self, model: Any, parameters: Mapping[str, Parameter]) -> set[str]:
        """Names of the parameters that the prediction reads."""
        seen: set[str] = set()

        class Recorder(dict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                seen.add(key)
                return super().__getitem__(key)

        values = Recorder({name: p.default for name, p in parameters.items()})
        for source in model.pair_sources(self.scalars):
            if self._accepts(source, parameters, "direct"):
                source.coupling(values)
                source.weights(values)
                seen.update(source.masses)
        return seen

    def _accepts(self, source: PairSource, parameters: Mapping[str, Parameter], engine: str) -> bool:
        """Whether the source can contribute; refuse a surrogate across the edge of the acceptance.

        Raises
        ------
        ValueError
            If Eq. 32 cuts through the domain of the pair's mass and the engine is the surrogate.
        """
        mass = parameters[source.pair_mass]
        low, high = mass.bounds if mass.free else (mass.default, mass.default)
        e_vis, _ = energy_nodes()
        at_low, at_high = (
            np.asarray(accepted_fraction(self.acceptance, e_vis + 2 * ELECTRON_MASS, m)) for m in (low, high)
        )
        if not at_low.any() and not at_high.any():
            return False
        opened = e_vis > high
        if (
            engine == "surrogate"
            and self.acceptance == "eq32"
            and mass.free
            and (at_high[opened] < 1 - SMOOTH_ENOUGH).any()
        ):
            msg = (
                f"miniboone: with acceptance='eq32' pairs of {mass.name} near {high:.4g} GeV are rejected, and the "
                f"surrogate cannot cross that edge; set its bounds below 29 MeV, or use engine='direct'"
            )
            raise ValueError(msg)
        return True


def _masses(source: PairSource, params: Params) -> Any:
    return jnp.stack([jnp.asarray(params[name], dtype=jnp.float64) for name in source.masses])


def _signal(
    sources: tuple[PairSource, ...], spectrum: Callable[[PairSource], Any], params: Params, n_modes: int
) -> Any:
    """Sum of coupling x weights x unit spectra over the sources -> (n_modes, 11)."""
    total = jnp.zeros((n_modes, N_SIGNAL))
    for source in sources:
        parts = jnp.tensordot(source.weights(params), spectrum(source), axes=1)
        total = total + source.coupling(params) * parts
    return total


@dataclass(frozen=True, eq=False)
class BoundMiniBooNE:
    """MiniBooNE tied to a model: params -> -2 ln L, and the signal behind it."""

    likelihood: MiniBooNE
    model: Any
    sources: tuple[PairSource, ...]
    surrogates: Mapping[str, SpectrumSurrogate]

    @property
    def error(self) -> float | None:
        """Largest relative error of the surrogates at held-out points; None for direct integration."""
        return max((s.error for s in self.surrogates.values()), default=None)

    def signal(self, params: Params) -> Any:
        """Signal counts (n_modes, 11)."""
        if not self.surrogates:
            return self.likelihood.signal_of(self.sources, params)

        def spectrum(source: PairSource) -> Any:
            return self.surrogates[source.name]({name: params[name] for name in source.masses})

        return _signal(self.sources, spectrum, params, len(self.likelihood.modes))

    @property
    def shears(self) -> dict[str, Shear]:
        """The number of events, masses included, fixes the model's rate pivot; see :class:`Coordinates`."""
        pivot, power = getattr(self.model, "rate_pivot", (None, 1.0))
        if pivot is None:
            return {}

        def events(params: Params) -> Any:
            total = jnp.sum(self.signal({**params, pivot: 1.0}))
            return jnp.log(jnp.maximum(total, NO_EVENTS)) / power

        return {pivot: Shear("log", events)}

    def predict(self, params: Params) -> dict[str, NDArray[np.float64]]:
        """Signal counts in the eleven release bins, by mode."""
        counts = np.asarray(self.signal(params))
        return {mode: counts[i] for i, mode in enumerate(self.likelihood.modes)}

    def __call__(self, params: Params) -> Any:
        """-2 ln L."""
        return self.likelihood.gaussian.minus2lnl(self.signal(params))
