"""The moves of emcee's ensembles, some of them in a few coordinates at a time.

Posteriors of global fits fill much of their prior's box and end at its edges. A step in all coordinates at once then
hardly ever stays inside, and separate modes are hardly ever met. So most proposals change a few coordinates only,
after the covariance of the other half of the ensemble has been divided out: by differential evolution in that subspace
(Vrugt et al. 2009, doi:10.1515/IJNSNS.2009.10.3.273), or by a draw from the kernel density of the other half's walkers
in it, wherever the walker is (Hastings 1970, Biometrika 57, 97), which leads from one mode to another.
"""

from abc import ABC, abstractmethod
from typing import Any, Final

import emcee
import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from zprimefit.fitting.warmup import metric_of

SIZES: Final = (2, 3, 4, 5, 6)
"""Coordinates of a subspace: any of these with equal chance."""

BANDWIDTH: Final = 0.5
"""Width of the kernels over that of all walkers."""

MOVES: Final = "DE 0.15, jumps 0.05, DE in a subspace 0.2, kernels in a subspace 0.6"
"""The default moves as a stored chain tells of them, so that none goes on with others."""

Array = NDArray[np.float64]


def default_moves() -> list[tuple[emcee.moves.Move, float]]:
    """Return emcee's moves and the shares of the steps that they make."""
    return [
        (emcee.moves.DEMove(), 0.15),
        (emcee.moves.DEMove(gamma0=1.0), 0.05),
        (SubspaceEvolution(), 0.2),
        (SubspaceKernels(), 0.6),
    ]


class _Subspace(emcee.moves.RedBlueMove, ABC):  # type: ignore[misc]
    """Change some coordinates of every walker, in coordinates in which the others have unit covariance."""

    def get_proposal(self, walkers: Array, complement: list[Array], random: Any) -> tuple[Array, Array]:
        """Proposals (m, n) for walkers (m, n), ln of the ratio of the proposals' densities, back over forth (m,)."""
        others = np.concatenate(complement)
        m, n = walkers.shape
        root = np.linalg.cholesky(metric_of(others, np.eye(n)))
        x, y = (np.linalg.solve(root, points.T).T for points in (walkers, others))
        sizes = np.minimum(random.choice(SIZES, size=m), n)
        chosen = random.uniform(size=(m, n)).argsort(axis=1) < sizes[:, None]
        moved, log_ratio = self.moved(x, y, chosen, random)
        return walkers + np.where(chosen, moved - x, 0.0) @ root.T, log_ratio

    @abstractmethod
    def moved(self, x: Array, others: Array, chosen: NDArray[np.bool_], random: Any) -> tuple[Array, Array]:
        """New places (m, n) for x (m, n), of which the chosen coordinates count, and the ratio of densities (m,)."""
        ...


class SubspaceEvolution(_Subspace):
    """Add the difference of two others in the chosen coordinates, times 2.38 / sqrt(2 k) for k of them."""

    def moved(self, x: Array, others: Array, chosen: NDArray[np.bool_], random: Any) -> tuple[Array, Array]:
        """See :class:`_Subspace`; there and back are equally likely."""
        first = random.randint(len(others), size=len(x))
        second = (first + random.randint(1, len(others), size=len(x))) % len(others)
        gamma = 2.38 / np.sqrt(2.0 * chosen.sum(axis=1, keepdims=True))
        return x + gamma * (others[first] - others[second]), np.zeros(len(x))


class SubspaceKernels(_Subspace):
    """Draw the chosen coordinates from Gaussian kernels at the others, wherever the walker is."""

    def moved(self, x: Array, others: Array, chosen: NDArray[np.bool_], random: Any) -> tuple[Array, Array]:
        """See :class:`_Subspace`; the ratio is that of the kernels' density here to that at the new place."""
        centres = others[random.randint(len(others), size=len(x))]
        new = centres + BANDWIDTH * random.normal(size=x.shape)

        def log_density(points: Array) -> Array:
            inside = np.where(chosen, points, 0.0)
            distance = (inside**2).sum(axis=1)[:, None] - 2.0 * inside @ others.T + chosen @ (others**2).T
            return np.asarray(logsumexp(-0.5 * distance / BANDWIDTH**2, axis=1))

        return new, log_density(x) - log_density(new)
