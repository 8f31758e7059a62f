"""COHERENT's argon, 2020, Analysis A: counts in energy, pulse shape F90 and arrival time.

What new physics changes is predicted in energy and time, scaled energy by energy to the collaboration's expectation for
the Standard Model, and added to that expectation with its F90. Arrival times are those of a Gaussian pulse whose mean
and width are fitted to the collaboration's sum of prompt and delayed neutrinos.
"""

from dataclasses import dataclass
from functools import cache, cached_property, partial
from math import erf, erfc, exp, sqrt
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import coherent_inputs, lar_2020
from zprimefit.likelihoods.coherent.cross_section import argon
from zprimefit.likelihoods.coherent.detector import CoherentData
from zprimefit.likelihoods.coherent.flux import fluence
from zprimefit.likelihoods.coherent.recoils import RecoilRates, nuclei_in
from zprimefit.likelihoods.coherent.statistic import ProfiledPoisson, between, one_sided, scaled
from zprimefit.likelihoods.confirmation import unconfirmed

Array = NDArray[np.float64]


def _inputs() -> dict[str, float]:
    return {name: entry.value for name, entry in coherent_inputs("lar-2020").items()}


def _until(time: float, mean: float, width: float, lifetime: float) -> tuple[float, float]:
    """Share of prompt and of delayed neutrinos before a time: Gaussian, and it folded with an exponential."""
    z = (time - mean) / width
    early = (1 + erf(z / sqrt(2))) / 2
    ratio = width / lifetime
    late = exp(ratio**2 / 2 - z * ratio) * erfc((ratio - z) / sqrt(2)) / 2
    return early, early - late


@cache
def arrival() -> dict[str, Array]:
    """Share of ``prompt`` and ``delayed`` neutrinos (n_t,) in the bins of time."""
    found, lifetime = _inputs(), coherent_inputs("csi-2021")["muon_lifetime"].value
    edges = lar_2020().t_edges
    shares = np.diff([_until(float(t), found["pulse_mean"], found["pulse_width"], lifetime) for t in edges], axis=0)
    return {"prompt": shares[:, 0], "delayed": shares[:, 1]}


def _shares(counts: Array) -> Array:
    """Counts (n_e, n) over their sum at every energy; zero where there are none."""
    total = counts.sum(axis=1, keepdims=True)
    return counts / np.where(total > 0, total, 1.0)


@dataclass(frozen=True)
class CoherentLAr(CoherentData):
    """The argon detector, 1.38e23 protons."""

    label: ClassVar[str] = "coherent-lar"
    publications: ClassVar[tuple[str, ...]] = ("2003.10630", "2006.12659")
    sample: ClassVar[str] = "COHERENT LAr 2020"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        # the fitted events are for comparison: nothing is computed from them
        own = set(coherent_inputs("lar-2020")) - {"fitted", "fitted_error"}
        shared = unconfirmed("coherent-csi-2021/detector", ["weak_mixing", "muon_lifetime"])
        return (*unconfirmed("coherent-lar-2020/detector", own), *shared)

    @cached_property
    def rates(self) -> RecoilRates:
        """Central values, then both coefficients of quenching up and down."""
        data, found = lar_2020(), _inputs()
        first, second = found["quenching_1"], found["quenching_2"]
        d1, d2 = found["quenching_1_error"], found["quenching_2_error"]
        curves = (
            (first, second),
            (first + d1, second),
            (first - d1, second),
            (first, second + d2),
            (first, second - d2),
        )
        energies = np.append(0.0, data.efficiency_energy)
        efficiencies = np.append(0.0, data.efficiency)

        def see_one(recoil: Any, q1: float, q2: float) -> Any:
            energy = recoil * (q1 + q2 * recoil)
            width = found["resolution"] * jnp.sqrt(energy)
            below = jax.scipy.special.ndtr((data.e_edges[:, None] - energy) / width)
            return jnp.diff(below, axis=0) * jnp.interp(energy, energies, efficiencies)

        def see(recoil: Any) -> Any:
            return jnp.stack([see_one(recoil, *curve) for curve in curves])

        flux = fluence(found["protons"], found["neutrinos_per_proton"], found["baseline"])
        return RecoilRates(((argon(), nuclei_in(found["mass"], found["argon_mass"]) * flux),), see)

    @cached_property
    def _standard(self) -> tuple[Array, Array]:
        """Prediction of the Standard Model made here, scaled to theirs at every energy, (n_e, n_t); scales (n_e, 1)."""
        with jax.ensure_compile_time_eval():
            ours = np.asarray(self.in_time(*self.rates.elastic())[0])
        sums, theirs = ours.sum(axis=1), lar_2020().counts["cevns"].sum(axis=(1, 2))
        # Above some 55 keV there are neither events of theirs nor of ours
        scale = np.where(theirs > 0, theirs / np.where(sums > 0, sums, 1.0), 0.0)[:, None]
        return ours * scale, scale

    def in_time(self, prompt: Any, delayed: Any) -> Any:
        """(n_variants, n_e, n_t) from events of prompt and delayed neutrinos (n_variants, n_e)."""
        times = arrival()
        return prompt[..., None] * times["prompt"] + delayed[..., None] * times["delayed"]

    @cached_property
    def _published(self) -> tuple[Array, Array]:
        """The collaboration's signals (9, n_e, n_f90, n_t), and the share of F90 (9, n_e, n_f90, 1) at every energy.

        Central, F90 up and down, arrival later and (on a straight line) earlier, and the central one for quenching.
        """
        counts = lar_2020().counts
        centre, later = ((c, _shares(c.sum(axis=2))) for c in (counts["cevns"], counts["cevns_later"]))
        f90 = [(c, _shares(c.sum(axis=2))) for c in (counts["cevns_f90_up"], counts["cevns_f90_down"])]
        earlier = tuple(2 * c - moved for c, moved in zip(centre, later, strict=True))
        events, shares = zip(centre, *f90, later, earlier, *([centre] * 4), strict=True)
        return np.stack(events), np.stack(shares)[..., None]

    def signal_of(self, prompt: Any, delayed: Any) -> "ArgonSignal":
        """F90, arrival time (one-sided) and both coefficients of quenching up and down."""
        standard, scale = self._standard
        return ArgonSignal(self, self.in_time(prompt, delayed) * scale - standard)

    def templates(self, prompt: Any, delayed: Any) -> Any:
        """(9, n_cells) of :meth:`signal_of`."""
        return self.signal_of(prompt, delayed).counts()

    @cached_property
    def statistic(self) -> ProfiledPoisson:
        """Data, backgrounds and pulls."""
        counts = {name: values.ravel() for name, values in lar_2020().counts.items()}
        found = _inputs()
        parts = ("neutrons", "late_neutrons", "steady")
        prompt = counts["neutrons"]
        # Moved means come with other sums: only their shapes count here
        same = {name: c * prompt.sum() / c.sum() for name, c in counts.items() if name.startswith("neutrons_")}
        return ProfiledPoisson(
            data=counts["data"],
            background=np.sum([counts[name] for name in parts], axis=0),
            morphs=(
                *(scaled(name, counts[name], found[f"{name}_error"]) for name in parts),
                between("neutrons_energy", prompt, same["neutrons_energy_up"], same["neutrons_energy_down"]),
                between("neutrons_time", prompt, same["neutrons_time_up"], same["neutrons_time_down"]),
                one_sided("neutrons_width", prompt, same["neutrons_wider"]),
            ),
            signal_error=found["predicted_error"] / found["predicted"],
            signal_shapes=("f90", "arrival", "quenching_1", "quenching_2"),
        )


@partial(jax.tree_util.register_dataclass, data_fields=("change",), meta_fields=("detector",))
@dataclass(frozen=True, eq=False)
class ArgonSignal:
    """The collaboration's signals with a change of the rates in energy and time.

    The first five variants (F90, arrival) have the change of the central rates with their own shares of F90, the last
    four (quenching) changes of their own with the central shares. Multiplied out they would be 9 x 960 numbers.

    Parameters
    ----------
    detector : whose signals.
    change : of the central rates, then of those with quenching moved, (5, n_e, n_t).
    """

    detector: CoherentLAr
    change: Any

    def counts(self) -> Any:
        """All variants (9, n_cells)."""
        events, shares = self.detector._published
        moved = jnp.concatenate([jnp.repeat(self.change[:1], 5, axis=0), self.change[1:]])
        return (events + moved[:, :, None, :] * shares).reshape(9, -1)

    def central(self) -> Any:
        """The first of them (n_cells,)."""
        events, shares = self.detector._published
        return (events[0] + self.change[0, :, None, :] * shares[0]).ravel()

    def mixed(self, weights: Any) -> Any:
        """Sum over variants with weights (9,), (n_cells,)."""
        events, shares = self.detector._published
        own = jnp.tensordot(weights[:5], shares[:5], axes=1)
        quenched = jnp.tensordot(weights[5:], self.change[1:], axes=1)
        moved = self.change[0, :, None, :] * own + quenched[:, None, :] * shares[0]
        return weights @ events.reshape(9, -1) + moved.ravel()

    def against(self, weights: Any) -> Any:
        """Sum over cells with weights (n_cells,), (9,)."""
        events, shares = self.detector._published
        cells = weights.reshape(events.shape[1:])
        in_time = jnp.einsum("vef,eft->vet", shares[:5, ..., 0], cells)
        own, quenched = self.change[0] * in_time, self.change[1:] * in_time[0]
        return events.reshape(9, -1) @ weights + jnp.sum(jnp.concatenate([own, quenched]), axis=(1, 2))
