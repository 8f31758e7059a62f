"""Expected counts of a signal whose shapes can be moved, as the likelihood asks for them.

Variants of a signal are the central one, then those with each shape up and down by one standard deviation.
"""

from typing import Any, NamedTuple, Protocol


class Signal(Protocol):
    """Counts of all variants, which need not be written out."""

    def counts(self) -> Any:
        """All of them (1 + 2 n_shapes, n_bins)."""
        ...

    def central(self) -> Any:
        """The first variant (n_bins,)."""
        ...

    def mixed(self, weights: Any) -> Any:
        """Sum over variants with weights (1 + 2 n_shapes,), (n_bins,)."""
        ...

    def against(self, weights: Any) -> Any:
        """Sum over bins with weights (n_bins,), (1 + 2 n_shapes,)."""
        ...


class Templates(NamedTuple):
    """Counts that are written out.

    Parameters
    ----------
    rows : (1 + 2 n_shapes, n_bins).
    """

    rows: Any

    def counts(self) -> Any:
        """See :class:`Signal`."""
        return self.rows

    def central(self) -> Any:
        """See :class:`Signal`."""
        return self.rows[0]

    def mixed(self, weights: Any) -> Any:
        """See :class:`Signal`."""
        return weights @ self.rows

    def against(self, weights: Any) -> Any:
        """See :class:`Signal`."""
        return self.rows @ weights
