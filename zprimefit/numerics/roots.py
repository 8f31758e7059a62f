"""Square roots whose derivatives stay finite where they end."""

from typing import Any

from zprimefit.numerics.arrays import namespace


def positive_root(x: Any) -> Any:
    """Square root of the positive part of x; zero, with derivative zero, elsewhere."""
    xp, positive = namespace(x), x > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, x, 1.0)), 0.0)
