"""What Hamiltonian Monte Carlo knows of its own trajectories: divergences, step size, acceptance."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Transitions:
    """The transitions of a chain, one per draw, and those of the warm-up before it.

    A transition is *divergent* when the energy along its trajectory changed by more than 1000, in units of ln L: the
    step is too long for the curvature there, and the chain may miss what lies beyond. It is *cut* when its trajectory,
    its energy kept until then, came where the density is zero: outside the support of a sheared pivot, beyond a hard
    cut of the likelihood, or where that is no number. This is no error, and costs the rest of the trajectory.

    Parameters
    ----------
    total : transitions after the warm-up.
    divergent : (n, n_free), in the user's units: where the trajectories of the divergent ones ended.
    places : (chain, draw) of those n.
    warmup : transitions of the warm-up, of all chains.
    warmup_divergent : how many of those were divergent.
    cut : transitions whose trajectory ended at an edge of the density.
    saturated : transitions whose trajectory reached the longest length before it turned back.
    step_size : of the integrator, in units of the metric.
    acceptance : (chains,), mean acceptance probability along the trajectories, up to the edges.
    leapfrogs : evaluations of the density and its derivatives after the warm-up.
    """

    total: int
    divergent: NDArray[np.float64]
    places: tuple[tuple[int, int], ...]
    warmup: int
    warmup_divergent: int
    cut: int
    saturated: int
    step_size: float
    acceptance: tuple[float, ...]
    leapfrogs: int

    @property
    def n_divergent(self) -> int:
        """Number of divergent transitions after the warm-up."""
        return len(self.places)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against the chain."""
        return (f"{self.n_divergent} divergent transitions of {self.total}",) if self.n_divergent else ()

    def __str__(self) -> str:
        accepted = ", ".join(f"{a:.2f}" for a in self.acceptance)
        cut = f"; {self.cut} trajectories ended at a hard edge" if self.cut else ""
        long = f"; {self.saturated} trajectories reached the longest length" if self.saturated else ""
        return (
            f"Hamiltonian: {self.n_divergent} divergent transitions of {self.total} ({self.warmup_divergent} of "
            f"{self.warmup} in the warm-up), acceptance {accepted}, step size {self.step_size:.3g}, "
            f"{self.leapfrogs / self.total:.1f} leapfrog steps a draw{cut}{long}"
        )

    def table(self, names: Sequence[str]) -> str:
        """Write the divergences as CSV: chain, draw, and the parameters `names` in the user's units."""
        stream = StringIO()
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["chain", "draw", *names])
        for place, values in zip(self.places, self.divergent, strict=True):
            rows.writerow([*place, *map(repr, map(float, values))])
        return stream.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        return vars(self) | {"divergent": self.divergent.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], n_free: int) -> Self:
        """Read back what :meth:`to_json` wrote, of a chain of `n_free` parameters."""
        divergent = np.array(content["divergent"], dtype=np.float64).reshape(-1, n_free)
        places = tuple((int(chain), int(draw)) for chain, draw in content["places"])
        arrays = {"divergent": divergent, "places": places, "acceptance": tuple(content["acceptance"])}
        return cls(**(dict(content) | arrays))
