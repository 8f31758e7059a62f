"""Four-vectors and two-body kinematics of many events at once: arrays (n, 4) [GeV] of E, px, py, pz; plain NumPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
METRIC = np.array([1.0, -1.0, -1.0, -1.0])


def dot(a: Array, b: Array) -> Array:
    """Scalar product of 4-vectors in the last axis, metric (+,-,-,-)."""
    product: Array = (a * b) @ METRIC
    return product


def log_mapped(u: Array, low: Any, high: Any, scale: Any) -> tuple[Array, Array]:
    """Variable x in [low, high] with x - low + scale log-uniform in u, and dx/du."""
    span = np.log1p((high - low) / scale)
    step = scale * np.expm1(u * span)
    return low + step, (step + scale) * span


def two_body_momentum(mass: Any, first: Any, second: Any) -> Array:
    """Momentum of the two that a mass decays to, in its rest frame."""
    squared = (mass - first - second) * (mass + first + second) * (mass - first + second) * (mass + first - second)
    momentum: Array = np.sqrt(np.maximum(squared, 0.0)) / (2 * mass)
    return momentum


def sine(cosine: Array) -> Array:
    """Of the angle with this cosine."""
    found: Array = np.sqrt(np.maximum((1 - cosine) * (1 + cosine), 0.0))
    return found


def about(axis: Array, cosine: Array, turn: Array, length: Array, energy: Array) -> Array:
    """4-vectors (n, 4) of this momentum and energy, at an angle and a turn (azimuth / 2 pi) about axis (n, 4)."""
    cosine = np.clip(cosine, -1.0, 1.0)
    along = axis[:, 1:] / np.linalg.norm(axis[:, 1:], axis=-1, keepdims=True)
    helper = np.where(np.abs(along[:, :1]) < 0.5, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    first = np.cross(along, helper)
    first = first / np.linalg.norm(first, axis=-1, keepdims=True)
    second, angle = np.cross(along, first), 2 * np.pi * turn
    across = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    vector = length[:, None] * (cosine[:, None] * along + sine(cosine)[:, None] * across)
    return np.concatenate([energy[:, None], vector], axis=-1)


def boosted(v: Array, frame: Array, mass: Array) -> Array:
    """4-vectors v (n, 4) of the rest frame of `frame` (n, 4) of this mass, in the frame where `frame` is what it is."""
    gamma, eta = frame[:, :1] / mass[:, None], frame[:, 1:] / mass[:, None]
    along = np.sum(eta * v[:, 1:], axis=-1, keepdims=True)
    return np.concatenate([gamma * v[:, :1] + along, v[:, 1:] + eta * (v[:, :1] + along / (1 + gamma))], axis=-1)


def turned(v: Array, turn: Array) -> Array:
    """4-vectors v (n, 4) turned about the z axis, by an azimuth of 2 pi times turn (n,)."""
    cosine, sine_ = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    x, y = v[:, 1], v[:, 2]
    return np.stack([v[:, 0], cosine * x - sine_ * y, sine_ * x + cosine * y, v[:, 3]], axis=-1)
