"""The MiniBooNE electron-like excess as a component of the likelihood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import view_sample
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.miniboone.acceptance import RULES, Rule, accepted_fraction
from zprimefit.likelihoods.miniboone.bound import BoundMiniBooNE
from zprimefit.likelihoods.miniboone.events import EventTable, event_table
from zprimefit.likelihoods.miniboone.pulls import COMPONENTS, PoissonPulls
from zprimefit.likelihoods.miniboone.response import EFFICIENCIES, EfficiencyAt, energy_nodes
from zprimefit.likelihoods.miniboone.sources import absent, closing, live_sources, masses_of, total_signal
from zprimefit.likelihoods.miniboone.spectrum import Folding, UnitSpectrum, unit_spectrum
from zprimefit.likelihoods.miniboone.statistic import N_REGION, GaussianStatistic, SignalCovariance
from zprimefit.likelihoods.miniboone.views import (
    Statistic,
    View,
    check_modes,
    check_view,
    edges_of,
    modes_of,
    shape_of,
)
from zprimefit.likelihoods.surrogate import Recipe, Surrogate, build
from zprimefit.likelihoods.surrogate_nodes import UnitRates
from zprimefit.models.sources import PairSource
from zprimefit.names import check_name
from zprimefit.parameters import Parameter

MODULES = tuple(
    f"likelihoods/miniboone/{name}.py" for name in ("acceptance", "beam", "rays", "response", "spectrum", "views")
)
"""What spectra are computed by."""
SMOOTH_ENOUGH = 1e-3
"""Share of pairs that a surrogate may lose at the edge of its domain: what its own accuracy hides."""


@dataclass(frozen=True)
class MiniBooNE:
    """Electron-like events of MiniBooNE in one view.

    Parameters
    ----------
    view : ``"enuqe"`` E_nu^QE with the released covariance (arXiv:2006.16883, bins to 1250 MeV); ``"evis"`` visible
        energy, ``"costheta"`` angle, ``"evis_costheta"`` both (neutrino mode only). They are views of the same events:
        an analysis takes one.
    modes : ``"fhc"`` (neutrino) and/or ``"rhc"`` (antineutrino); all in which the view is published by default. The
        antineutrino histograms of visible energy and angle are digitised and lack the E_nu^QE cut: shape only.
    statistic : for ``enuqe``: ``"gaussian"`` chi-square with a covariance that follows the prediction, or
        ``"gaussian-logdet"`` with ln det, the collaboration's -2 ln L, or ``"diagonal"``, which forgets correlations
        (paper B's Eq. 34). For the others: ``"poisson-pulls"``, see
        :mod:`zprimefit.likelihoods.miniboone.pulls`.
    signal_covariance : ``"normalisation"`` or ``"released"``, see :class:`GaussianStatistic`; ``enuqe`` only.
    signal_systematic : relative normalisation error of the signal (15 % in arXiv:2006.01948, section IV A).
    acceptance : when a pair is one ring, the same rule for every scalar; see :func:`accepted_fraction`.
    scalars : names of the model's sources of pairs that count, e.g. ``("hprime",)``; all of them by default.
    efficiency_at : ``"true"`` or ``"reconstructed"`` visible energy: where the published efficiency is taken; or
        ``"constant"``, paper B's eta = 0.2 (Eq. 25) in its stead.
    name : in tables.

    Raises
    ------
    ValueError
        For an unknown option, or a combination that no published numbers support.
    """

    view: View = "enuqe"
    modes: tuple[str, ...] | None = None
    statistic: Statistic = "gaussian"
    signal_covariance: SignalCovariance = "normalisation"
    signal_systematic: float = 0.15
    acceptance: Rule = "eq32"
    scalars: tuple[str, ...] | None = None
    efficiency_at: EfficiencyAt = "true"
    name: str = "miniboone"

    def __post_init__(self) -> None:
        check_view(self.view, self.statistic)
        if self.modes is None:
            object.__setattr__(self, "modes", modes_of(self.view))
        for key in ("modes", "scalars"):
            given: Any = getattr(self, key)
            if given is not None:
                object.__setattr__(self, key, (given,) if isinstance(given, str) else tuple(given))
        if self.scalars is not None and len(set(self.scalars)) < len(self.scalars):
            msg = f"miniboone: scalars must differ, got {list(self.scalars)}; each would be counted twice"
            raise ValueError(msg)
        check_name("signal_covariance of miniboone", self.signal_covariance, ("normalisation", "released"))
        if self.view != "enuqe" and self.signal_covariance == "released":
            msg = f"miniboone: signal_covariance='released' belongs to view 'enuqe', not to {self.view!r}; drop it"
            raise ValueError(msg)
        check_name("acceptance of miniboone", self.acceptance, RULES)
        check_name("efficiency_at of miniboone", self.efficiency_at, EFFICIENCIES)
        check_modes(self.view, self.modes)
        error: Any = self.signal_systematic
        if isinstance(error, bool) or not (isinstance(error, int | float) and np.isfinite(error) and error >= 0):
            msg = f"miniboone: signal_systematic must be a finite number >= 0, got {self.signal_systematic!r}"
            raise ValueError(msg)

    @property
    def taken_modes(self) -> tuple[str, ...]:
        """The modes, chosen or by default."""
        return self.modes or modes_of(self.view)

    @property
    def cite(self) -> tuple[str, ...]:
        """Data, flux, efficiency, and the e+e- acceptance rules."""
        data = ["2006.16883"]
        if self.view != "enuqe":
            data = [view_sample(self.view, mode).publication for mode in self.taken_modes]
        rule = ["2210.08021"] if self.acceptance == "showers" else []
        return (*data, "0806.1449", "1207.4809", "2006.01948", *rule)

    @property
    def samples(self) -> tuple[str, ...]:
        """The events that are used: an analysis takes one component of them.

        Nor do the modes go into two: their errors are correlated, and so is the normalisation of the signal.
        """
        return ("MiniBooNE electron-like events",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        rule = ["wide_opening_angle_cut"] if self.acceptance == "opening13" else []
        found = unconfirmed("miniboone-2020/detector", rule)
        if self.view != "enuqe" and "fhc" in self.taken_modes:
            # the antineutrino histograms count by their shape: no background has an error there
            rows = [f"fhc {row}" for group in COMPONENTS.values() for row in group]
            found += unconfirmed("miniboone-2020/background_errors", rows)
        return found

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must predict."""
        return ("pair_sources",)

    @cached_property
    def gaussian(self) -> GaussianStatistic:
        """The statistic of ``enuqe`` with its fixed matrices."""
        return GaussianStatistic(
            self.taken_modes,
            self.signal_covariance,
            self.signal_systematic,
            self.statistic == "gaussian-logdet",
            self.statistic == "diagonal",
        )

    @cached_property
    def pulls(self) -> PoissonPulls:
        """The statistic of the other views."""
        return PoissonPulls(self.view, self.taken_modes, self.signal_systematic)

    @cached_property
    def folding(self) -> Folding:
        """What happens to pairs in the detector."""
        return Folding(self.view, self.taken_modes, self.acceptance, self.efficiency_at)

    @property
    def n_data(self) -> int:
        """Number of bins, less one for every histogram whose shape alone counts."""
        return self.gaussian.n_data if self.view == "enuqe" else self.pulls.n_data

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins along the first axis in the first mode: E_nu^QE or E_vis [GeV], or cos(theta)."""
        return edges_of(self.view, self.taken_modes[0])[0]

    @property
    def region(self) -> str:
        """What event numbers count."""
        return "200 < E_nu^QE < 1250 MeV" if self.view == "enuqe" else f"all bins of {self.view}"

    @property
    def counted(self) -> tuple[int, ...]:
        """Of each mode, the number of bins that event numbers count, from the first."""
        return tuple(N_REGION for _ in self.taken_modes) if self.view == "enuqe" else self.folding.bins

    # -- predictions ------------------------------------------------------------------------------------------------

    def sources_of(self, model: Any) -> tuple[PairSource, ...]:
        """Sources of pairs that count."""
        found: tuple[PairSource, ...] = model.pair_sources(*(() if self.scalars is None else (self.scalars,)))
        return found

    def signal(self, model: Any, params: Params) -> Any:
        """Signal counts of all bins of all modes, flat (n,), by direct integration."""
        return self.signal_of(self.sources_of(model), params)

    def signal_of(self, sources: tuple[PairSource, ...], params: Params) -> Any:
        """Signal counts, flat (n,), of some of the sources, by direct integration."""
        return self.numbers_of(sources, params)[: sum(self.folding.bins)]

    def numbers_of(self, sources: tuple[PairSource, ...], params: Params) -> Any:
        """Signal counts and numbers of pairs made, laid out as :attr:`Folding.segments`, by direct integration."""

        def spectrum(source: PairSource) -> Any:
            return unit_spectrum(source, self.folding)(masses_of(source, params)).sum(axis=0)

        return total_signal(live_sources(sources, params), spectrum, params, sum(self.folding.segments))

    def by_mode(self, signal: Any) -> dict[str, Any]:
        """Flat signal counts (n,) -> mode -> counts of the shape of its histogram."""
        found, start = {}, 0
        for mode, size in zip(self.taken_modes, self.folding.bins, strict=True):
            found[mode] = signal[start : start + size].reshape(shape_of(self.view, mode))
            start += size
        return found

    def predict(self, model: Any, params: Params) -> dict[str, NDArray[np.float64]]:
        """Signal counts in the published bins, by mode, by direct integration: (n,), or (n_e, n_cos)."""
        return self.by_mode(np.asarray(self.signal(model, params)))

    def events(self, model: Any, params: Params, *, n_per_bin: int = 4) -> EventTable:
        """Numbers of particles made, decayed to e+e-, seen and selected; see :func:`event_table`."""
        sources = self.sources_of(model)
        return event_table(self.folding, self.counted, sources, params, n_per_bin=n_per_bin)

    # -- likelihood -------------------------------------------------------------------------------------------------

    @property
    def observation(self) -> GaussianStatistic | PoissonPulls:
        """The view's data and statistic; a forecast is flat signal counts (n,)."""
        return self.gaussian if self.view == "enuqe" else self.pulls

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`signal`."""
        return self.signal(model, params)

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point, by direct integration."""
        return self.observation.minus2lnl(self.forecast(model, params))

    def minus2lnl_of_signal(self, signal: Mapping[str, ArrayLike]) -> float:
        """-2 ln L of given signal counts, mode -> counts of the shape of its histogram.

        Raises
        ------
        ValueError
            For missing modes, another number of bins, or counts that are negative or not finite.
        """
        modes = self.taken_modes
        if set(signal) != set(modes):
            msg = f"miniboone: expected signal counts for the modes {list(modes)}, got {list(signal)}"
            raise ValueError(msg)
        counts = [np.asarray(signal[mode], dtype=np.float64) for mode in modes]
        for mode, given in zip(modes, counts, strict=True):
            shape = shape_of(self.view, mode)
            if given.shape != shape or not (np.isfinite(given) & (given >= 0)).all():
                expected = " x ".join(map(str, shape))
                msg = f"miniboone: signal of mode {mode}: expected {expected} finite counts >= 0, got {given.tolist()}"
                raise ValueError(msg)
        return float(self._jit_minus2lnl_of(np.concatenate([given.ravel() for given in counts])))

    @cached_property
    def _jit_minus2lnl_of(self) -> Callable[[Any], Any]:
        return jax.jit(self.observation.minus2lnl)

    def bind(
        self,
        model: Any,
        parameters: Mapping[str, Parameter],
        *,
        engine: str,
        progress: Callable[[str], None] | None = None,
    ) -> BoundMiniBooNE:
        """Tie to a model: with ``engine="surrogate"`` the spectra are interpolated in the free masses."""
        sources = tuple(s for s in self.sources_of(model) if self._accepts(s, parameters, engine))
        surrogates: dict[tuple[str, str], Surrogate] = {}
        if engine == "surrogate":
            for source in sources:
                if absent(parameters[source.mixing]):
                    continue
                label = repr((model, source.name, source.flavour, self.folding))
                recipe = Recipe("MiniBooNE spectra", label, MODULES, self.folding.segments)
                direct, fine = (_summed(unit_spectrum(source, self.folding, fine=f)) for f in (False, True))
                surrogates[source.name, source.flavour] = build(
                    recipe, direct, parameters, source.masses, progress, fine, closing(source, parameters)
                )
        return BoundMiniBooNE(self, model, sources, surrogates)

    def touches(self, model: Any, parameters: Mapping[str, Parameter]) -> set[str]:
        """Names of the parameters that the prediction reads."""
        seen: set[str] = set()

        class Recorder(dict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                seen.add(key)
                return super().__getitem__(key)

        values = Recorder({name: p.default for name, p in parameters.items()})
        for source in self.sources_of(model):
            if self._accepts(source, parameters, "direct") and not absent(parameters[source.mixing]):
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


def _summed(spectrum: UnitSpectrum) -> UnitRates:
    """Unit spectra with their channels summed."""
    return lambda masses: spectrum(masses).sum(axis=0)
