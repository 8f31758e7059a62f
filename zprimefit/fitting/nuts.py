"""The no-U-turn sampler (Hoffman and Gelman, arXiv:1111.4246), all chains side by side in one compiled function.

The tree and its multinomial choice (Betancourt, arXiv:1701.02434) are BlackJAX's. Warm-up and sampling run through the
same compiled code: gradients of global fits take minutes to compile.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.numerics.slopes import with_forward_slopes

BLOCK = 25
"""Steps of one call of the compiled function."""

DIVERGENCE = 1000.0
"""Error of the energy, in units of ln of the density, from which a transition is divergent."""

MISSING = (
    "sampling with method 'hmc' needs BlackJAX, which is not installed: pip install \"zprimefit[hmc]\"; or sample with "
    "method 'emcee'"
)

Array = NDArray[np.float64]


class Steps(NamedTuple):
    """What steps of all chains brought; arrays (steps, chains, ...).

    Parameters
    ----------
    z : (steps, chains, n), positions after each step.
    log_density : there.
    acceptance : mean acceptance probability along the trajectory, where there is density; NaN if there was nowhere.
    leapfrogs : points at which the density was evaluated.
    divergent : whether more than `DIVERGENCE` of energy was lost or won.
    cut : whether the trajectory ended where the density is zero, its energy being kept until there.
    end : (steps, chains, n), the end of the trajectory with the larger energy: where it diverged or was cut.
    saturated : whether the trajectory reached its largest length without a turn.
    """

    z: Array
    log_density: Array
    acceptance: Array
    leapfrogs: NDArray[np.int64]
    divergent: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    end: Array
    saturated: NDArray[np.bool_]


def blackjax() -> Any:
    """Return the library.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; says how to install it.
    """
    try:
        import blackjax as library  # noqa: PLC0415  (an extra)
        from blackjax.adaptation import step_size  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(MISSING, name=error.name) from error
    return library


class Nuts:
    """Chains of the no-U-turn sampler on their way.

    Parameters
    ----------
    log_density : z (n,) -> ln of the density; where it is NaN or +inf, there is no density.
    starts : (chains, n) of finite density.
    at_starts : (chains,) ln of the density there.
    metric : (n, n) covariance to begin with.
    seed : of all random numbers.
    target : acceptance probability that the step size aims at.
    max_depth : doublings of a trajectory at most.
    """

    def __init__(
        self,
        log_density: Callable[[Any], Any],
        starts: Array,
        at_starts: Array,
        metric: Array,
        *,
        seed: int,
        target: float,
        max_depth: int,
    ) -> None:
        library = blackjax()
        self._density = with_forward_slopes(partial(_proper, log_density))
        self._kernel = library.nuts.build_kernel(divergence_threshold=DIVERGENCE)
        self._start, self._update, self._final = library.adaptation.step_size.dual_averaging_adaptation(target)
        self._max_depth = max_depth
        self._key = jax.random.key(seed)
        self._steps = 0
        self._run = jax.jit(self._block)
        self.metric = metric
        # The first kick of the warm-up goes without slopes: they would cost another compilation of the gradient.
        position = jnp.asarray(starts)
        self._state = library.mcmc.hmc.HMCState(position, jnp.asarray(at_starts), jnp.zeros_like(position))
        self.restart_step_size(1.0)

    # -- traced -------------------------------------------------------------------------------------------------------

    def _one(self, key: Any, state: Any, step_size: Any, metric: Any) -> tuple[Any, Steps]:
        """One transition of one chain."""
        after, info = self._kernel(key, state, self._density, step_size, metric, self._max_depth)

        def kinetic(momentum: Any) -> Any:
            return 0.5 * momentum @ metric @ momentum

        ends = info.trajectory_leftmost_state, info.trajectory_rightmost_state
        left, right = (kinetic(end.momentum) - end.logdensity for end in ends)
        end = jax.tree.map(partial(jnp.where, left > right), *ends)
        # Beyond a hard edge there is no energy to compare, but a trajectory that was thrown there is fast.
        kept = kinetic(end.momentum) - kinetic(info.momentum) < DIVERGENCE
        cut = info.is_divergent & jnp.isneginf(end.logdensity) & kept
        saturated = (info.num_trajectory_expansions >= self._max_depth) & ~info.is_turning & ~info.is_divergent
        points = info.num_integration_steps
        acceptance = jnp.where(points > cut, info.acceptance_rate * points / jnp.maximum(points - cut, 1), jnp.nan)
        trajectory: tuple[Any, ...] = (acceptance, points, info.is_divergent & ~cut, cut, end.position, saturated)
        return after, Steps(after.position, after.logdensity, *trajectory)

    def _all(self, key: Any, step: Any, state: Any, tuning: Any, metric: Any, adapting: Any) -> tuple[Any, Any, Steps]:
        """One transition of all chains, and the step size that follows from it."""
        chains = len(state.position)
        keys = jax.vmap(lambda i: jax.random.fold_in(jax.random.fold_in(key, i), step))(jnp.arange(chains))
        size = jnp.where(adapting, jnp.exp(tuning.log_step_size), jnp.exp(tuning.log_step_size_avg))
        state, found = jax.vmap(self._one, in_axes=(0, 0, None, None))(keys, state, size, metric)
        acceptance = jnp.nanmean(found.acceptance)
        tuned = self._update(tuning, acceptance)
        learnt = adapting & jnp.isfinite(acceptance)
        tuning = jax.tree.map(lambda new, old: jnp.where(learnt, new, old), tuned, tuning)
        return state, tuning, found

    def _block(
        self, key: Any, first: Any, count: Any, state: Any, tuning: Any, metric: Any, adapting: Any
    ) -> tuple[Any, Any, Steps]:
        """`count` transitions of all chains, at most `BLOCK`; what they brought, padded to `BLOCK`."""
        step = partial(self._all, metric=metric, adapting=adapting)
        shapes = jax.eval_shape(step, key, first, state, tuning)[-1]
        empty = jax.tree.map(lambda s: jnp.zeros((BLOCK, *s.shape), s.dtype), shapes)

        def body(i: Any, carry: Any) -> Any:
            state, tuning, rows = carry
            state, tuning, found = step(key, first + i, state, tuning)
            return state, tuning, jax.tree.map(lambda row, new: row.at[i].set(new), rows, found)

        found: tuple[Any, Any, Steps] = jax.lax.fori_loop(0, count, body, (state, tuning, empty))
        return found

    # -- stepping -----------------------------------------------------------------------------------------------------

    @property
    def step_size(self) -> float:
        """The step size once it is no longer adapted."""
        return float(np.exp(self._tuning.log_step_size_avg))

    def restart_step_size(self, size: float) -> None:
        """Forget what was learnt of the step size and begin with this one."""
        self._tuning = jax.tree.map(lambda x: jnp.asarray(x, dtype=jnp.float64), self._start(size))

    def advance(self, count: int, *, adapting: bool) -> Steps:
        """Make `count` steps, at most `BLOCK`, and adapt the step size after each if asked to."""
        self._state, self._tuning, found = self._run(
            self._key, self._steps, count, self._state, self._tuning, jnp.asarray(self.metric), adapting
        )
        self._steps += count
        return Steps(*(np.asarray(array)[:count] for array in found))


def _proper(log_density: Callable[[Any], Any], z: Any) -> Any:
    found = log_density(z)
    return jnp.where(jnp.isnan(found) | jnp.isposinf(found), -jnp.inf, found)
