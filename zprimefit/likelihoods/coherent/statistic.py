"""Poisson likelihood of expected counts with pulls that are profiled.

For data n_i and pulls z in standard deviations, the first of the signal's normalisation, then of its shapes, then of
the backgrounds,

    -2 ln L = min over z of 2 Sum_i [m_i - n_i + n_i ln(n_i/m_i)] + |z|^2,
    m = (1 + sigma)^z_0 {s + Sum_k [z_k (up_k - down_k)/2 + z_k^2 (up_k + down_k - 2 s)/2]}
        + b + Sum_l [z_l (up_l - down_l)/2 + z_l^2 (up_l + down_l - 2 b_l)/2].

The signal's normalisation is log-normal: with a linear pull any signal could be pulled to nothing for a fixed price.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.likelihoods.coherent.signal import Signal, Templates
from zprimefit.numerics.chunks import one_by_one

Array = NDArray[np.float64]

STEPS: Final = 12
"""At most, of Newton's method."""
CLOSE: Final = 0.3
"""What a step gains at most in half of -2 ln L, for whole steps with the true curvature from there on."""
TOLERANCE: Final = 1e-5
"""The same of the last step: the next one would gain about its square."""
KNOWN_STEPS: Final = 6
"""At most, with the curvature of a fit that is known."""
KNOWN_TOLERANCE: Final = 1e-8
"""What the last of them gains at most: the next one would gain some hundredth of it."""
SHARES: Final = np.array([1.0, 0.5, 0.1, 0.01, 0.0])
"""Shares of a Newton step that are tried; none is the last."""
START_SHARES: Final = np.linspace(0.0, 1.0, 49)
"""Starts of the signal's pull, as shares of what would make the signal as large as the excess."""
FLOOR: Final = 1e-6
"""Least expected counts of a bin: where pulls would make it negative."""


@dataclass(frozen=True, eq=False)
class Morph:
    """How a background changes with one pull z: linear z + quadratic z^2, each (n_bins,)."""

    name: str
    linear: Array
    quadratic: Array


def scaled(name: str, background: Array, error: float) -> Morph:
    """Background with a relative error."""
    return Morph(name, error * background, np.zeros_like(background))


def between(name: str, centre: Array, up: Array, down: Array) -> Morph:
    """Background that is `up` or `down` at one standard deviation, on a parabola in between."""
    return Morph(name, (up - down) / 2, (up + down) / 2 - centre)


def one_sided(name: str, centre: Array, moved: Array) -> Morph:
    """Background that is `moved` at one standard deviation, on a straight line."""
    return Morph(name, moved - centre, np.zeros_like(centre))


class Near(NamedTuple):
    """What is known of the fit of a signal like the one in question."""

    pulls: Any
    """(n_pulls,)"""
    inverse: Any
    """(n_pulls, n_pulls), of the curvature there: a first step that needs no curvature of its own."""


@dataclass(frozen=True, eq=False)
class ProfiledPoisson:
    """-2 ln L of a signal in bins.

    Parameters
    ----------
    data : (n_bins,) observed counts; may be traced.
    background : (n_bins,) expected counts without signal.
    morphs : of the background.
    signal_error : relative error of the signal's normalisation.
    signal_shapes : names of the signal's shape pulls: a signal is (1 + 2 n_shapes, n_bins), the expected counts, then
        those with each shape up and down by one standard deviation.
    centres : of the pulls (n_pulls,), where their own term is least; zero in published data. May be traced.
    """

    data: Any
    background: Array
    morphs: tuple[Morph, ...]
    signal_error: float
    signal_shapes: tuple[str, ...]
    centres: Any = 0.0

    @property
    def pull_names(self) -> tuple[str, ...]:
        """Names of the pulls, in their order."""
        return ("signal", *self.signal_shapes, *(morph.name for morph in self.morphs))

    def _shaped(self, signal: Signal, pulls: Any) -> Any:
        """Counts (n_bins,) of the signal at pulls (n_pulls,)."""
        z = pulls[1 : 1 + len(self.signal_shapes)]
        up_and_down = jnp.stack([z**2 + z, z**2 - z], axis=1).ravel() / 2
        weights = jnp.append(1 - jnp.sum(z**2), up_and_down)
        return jnp.exp(pulls[0] * self._slope) * signal.mixed(weights)

    def _raw(self, shaped: Any, pulls: Any) -> Any:
        """Expected counts (n_bins,), before `FLOOR`."""
        rest = pulls[1 + len(self.signal_shapes) :]
        return shaped + self.background + jnp.concatenate([rest, rest**2]) @ np.concatenate(self._morphs)

    @property
    def _slope(self) -> float:
        """Of the logarithm of the signal's normalisation in its pull."""
        return float(np.log1p(self.signal_error))

    @cached_property
    def _morphs(self) -> tuple[Array, Array]:
        """Linear and quadratic parts of all backgrounds, each (n_morphs, n_bins)."""
        shape = (len(self.morphs), len(self.background))
        linear, quadratic = ([getattr(m, part) for m in self.morphs] for part in ("linear", "quadratic"))
        return np.reshape(linear, shape), np.reshape(quadratic, shape)

    def expected(self, signal: Any, pulls: Any) -> Any:
        """Expected counts (n_bins,) at pulls (n_pulls,)."""
        pulls = jnp.asarray(pulls)
        return jnp.maximum(self._raw(self._shaped(written(signal), pulls), pulls), FLOOR)

    def minus2lnl_at(self, signal: Any, pulls: Any) -> Any:
        """-2 ln L at pulls (n_pulls,), their own term included."""
        expected = self.expected(signal, pulls)
        inverse = 1 / jnp.where(self.data > 0, self.data, 1.0)
        poisson = jnp.sum(expected - self.data) - self.data @ jnp.log(expected * inverse)
        return 2 * poisson + jnp.sum((jnp.asarray(pulls) - self.centres) ** 2)

    def slopes(self, signal: Any, pulls: Any) -> Any:
        """Half of the gradient by the pulls (n_pulls,)."""
        signal, shapes = written(signal), len(self.signal_shapes)
        shaped = self._shaped(signal, pulls)
        raw = self._raw(shaped, pulls)
        # by the expected counts; none below the floor
        weight = jnp.where(raw > FLOOR, 1 - self.data / jnp.maximum(raw, FLOOR), 0.0)
        linear, quadratic = _parabolas(signal.against(weight))
        straight, bent = jnp.split(np.concatenate(self._morphs) @ weight, 2)
        z, rest = pulls[1 : 1 + shapes], pulls[1 + shapes :]
        moved = jnp.exp(pulls[0] * self._slope) * (linear + 2 * z * quadratic)
        by_counts = (self._slope * (shaped @ weight)[None], moved, straight + 2 * rest * bent)
        return jnp.concatenate(by_counts) + pulls - self.centres

    def curvature(self, signal: Any, pulls: Any, close: Any = True) -> Any:
        """Half of the second derivatives by the pulls (n_pulls, n_pulls); what is expected of it if not `close`.

        The latter (Fisher's scoring) is positive everywhere.
        """
        signal, shapes, slope = written(signal), len(self.signal_shapes), self._slope
        shaped, factor = self._shaped(signal, pulls), jnp.exp(pulls[0] * slope)
        raw, (linear, quadratic), (straight, bent) = self._raw(shaped, pulls), _parabolas(signal.counts()), self._morphs
        expected, z, rest = jnp.maximum(raw, FLOOR), pulls[1 : 1 + shapes, None], pulls[1 + shapes :, None]
        by_pulls = (slope * shaped[None], factor * (linear + 2 * z * quadratic), straight + 2 * rest * bent)
        jacobian = jnp.where(raw > FLOOR, jnp.concatenate(by_pulls), 0.0)
        # What the curves of the expected counts add, weighted with how far the data are off
        weight = jnp.where((raw > FLOOR) & close, 1 - self.data / expected, 0.0)
        own = jacobian[: 1 + shapes] @ weight * slope
        curved = 2 * jnp.concatenate([factor * quadratic, bent]) @ weight
        extra = jnp.diag(jnp.concatenate([own[:1], curved]))
        extra = extra.at[0, 1 : 1 + shapes].add(own[1:]).at[1 : 1 + shapes, 0].add(own[1:])
        spread = jnp.where(close, self.data / expected, 1.0) / expected
        return (jacobian * spread) @ jacobian.T + extra + jnp.eye(len(pulls))

    def newton(self, signal: Any, pulls: Any, close: Any = True) -> tuple[Any, Any]:
        """Newton's step (n_pulls,), to be subtracted from the pulls, and what it gains in half of -2 ln L.

        Parameters
        ----------
        signal : (1 + 2 n_shapes, n_bins).
        pulls : (n_pulls,).
        close : whether the true curvature is taken, or what is expected of it.
        """
        slopes = self.slopes(signal, pulls)
        move = jnp.linalg.solve(self.curvature(signal, pulls, close), slopes)
        return move, jnp.abs(slopes @ move)

    def _start(self, signal: Signal, near: Near | None) -> tuple[Any, Any]:
        """Pulls (n_pulls,) to start from: those nearby, if any are known, or none; and whether they are those nearby.

        If not, the signal's own pull takes it towards the number of events there are.

        From far away Newton's steps in a log-normal pull are about one in length, too short for a signal many times
        too large. The sum over the bins tells how far it is to go.
        """
        start = jnp.broadcast_to(self.centres, len(self.pull_names)) if near is None else jnp.asarray(near.pulls)
        if self.signal_error == 0:
            return start, near is not None
        slope = self._slope
        events, background = jnp.sum(self.data), float(np.sum(self.background))
        made = jnp.maximum(jnp.sum(signal.central()), FLOOR)
        excess = jnp.maximum(jnp.log(made / jnp.maximum(events - background, 1.0)), 0.0)
        pulls = jnp.append(start[0], -excess / slope * START_SHARES)
        expected = made * jnp.exp(pulls * slope) + background
        depth = 2 * (expected - events * jnp.log(expected)) + (pulls - jnp.ravel(self.centres)[0]) ** 2
        kept = jnp.min(depth) > depth[0] - 1
        return start.at[0].set(jnp.where(kept, start[0], pulls[jnp.argmin(depth)])), kept & (near is not None)

    def _found(self, signal: Any, near: Near | None = None) -> Any:
        """Pulls (n_pulls,) at the minimum, held where derivatives are asked for."""
        fixed, near = jax.lax.stop_gradient((written(signal), near))
        start, close = self._start(fixed, near)

        def settled(data: Any, centres: Any, *state: Any) -> Any:
            return replace(self, data=data, centres=centres)._settled(*state)

        if near is None:
            found = self._settled(fixed, start, *self.newton(fixed, start, close))
        else:
            # few signals of a batch are not done by known steps
            found = one_by_one(settled)(self.data, self.centres, fixed, *self._known_steps(fixed, start, near, close))
        return jax.lax.stop_gradient(found)

    def _settled(self, fixed: Signal, pulls: Any, move: Any, gain: Any) -> Any:
        """Pulls (n_pulls,) at the minimum, from pulls with their :meth:`newton`: damped steps, then whole ones."""

        def newton(count: Any, pulls: Any, close: Any) -> tuple[Any, Any, Any, Any]:
            return count, pulls, *self.newton(fixed, pulls, close)

        def damped(state: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
            count, pulls, move, _ = state
            tried = pulls - SHARES[:, None] * move
            depth = jax.vmap(partial(self.minus2lnl_at, fixed))(tried)
            best = tried[jnp.argmin(jnp.where(jnp.isfinite(depth), depth, jnp.inf))]
            return newton(count + 1, best, state[3] < CLOSE)

        def whole(state: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
            return newton(state[0] + 1, state[1] - state[2], close=True)

        def beyond(least: float, state: tuple[Any, Any, Any, Any]) -> Any:
            return (state[0] < STEPS) & (state[3] > least)

        state = jax.lax.while_loop(partial(beyond, CLOSE), damped, (jnp.zeros((), dtype=int), pulls, move, gain))
        _, pulls, move, gain = jax.lax.while_loop(partial(beyond, TOLERANCE), whole, state)
        return jnp.where(gain > CLOSE, pulls, pulls - move)

    def _known_steps(self, signal: Signal, pulls: Any, near: Near, close: Any) -> tuple[Any, Any, Any]:
        """Pulls, and :meth:`newton` there, after some steps with a curvature that is known.

        Most signals are close to one whose fit is known, and are done then. If not `close` the curvature is another
        one, and no step the last.
        """

        def step(count: Any, pulls: Any) -> tuple[Any, Any, Any, Any]:
            slopes = self.slopes(signal, pulls)
            move = near.inverse @ slopes
            gain = jnp.abs(slopes @ move)
            return count, pulls, move, jnp.where(close, gain, jnp.maximum(gain, 2 * CLOSE))

        def again(state: tuple[Any, Any, Any, Any]) -> Any:
            return (state[3] > KNOWN_TOLERANCE) & (state[3] <= CLOSE) & (state[0] < KNOWN_STEPS)

        def next_one(state: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
            return step(state[0] + 1, state[1] - state[2])

        _, pulls, move, gain = jax.lax.while_loop(again, next_one, step(jnp.zeros((), dtype=int), pulls))
        return pulls, move, gain

    def fitted_pulls(self, signal: Any, near: Near | None = None) -> Any:
        """Pulls (n_pulls,) at the minimum; derivatives by the signal are exact.

        Parameters
        ----------
        signal : (1 + 2 n_shapes, n_bins), or a :class:`Signal`.
        near : the fit of a signal like this one, to start from.
        """
        signal = written(signal)
        found = self._found(signal, near)
        # One more step, in which the signal is not held: it moves next to nothing and carries the derivative.
        held = jax.lax.stop_gradient(signal)
        return found - jnp.linalg.solve(self.curvature(held, found), self.slopes(signal, found))

    def minus2lnl(self, signal: Any, near: Near | None = None) -> Any:
        """-2 ln L of a signal, minimised over the pulls; `near` as for :meth:`fitted_pulls`.

        First derivatives are exact, since those by the pulls vanish; for second ones take :meth:`fitted_pulls`.
        """
        return self.minus2lnl_at(signal, self._found(signal, near))


def written(signal: Any) -> Signal:
    """Counts (1 + 2 n_shapes, n_bins) as a signal; one itself."""
    return signal if hasattr(signal, "mixed") else Templates(jnp.asarray(signal))


def _parabolas(variants: Any) -> tuple[Any, Any]:
    """Linear and quadratic parts (n_shapes, …) of how what variants (1 + 2 n_shapes, …) have changes with the pulls."""
    up, down = variants[1::2], variants[2::2]
    return (up - down) / 2, (up + down) / 2 - variants[0]
