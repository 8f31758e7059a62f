"""How a minimisation, and one end of an interval, came out."""

from enum import StrEnum


class Status(StrEnum):
    """Outcome of a minimisation."""

    OK = "OK"
    """Converged inside the domain, with a regular covariance where one was asked for."""
    AT_LIMIT = "AT_LIMIT"
    """Converged with at least one parameter held by its bound: intervals are one-sided."""
    APPROXIMATE = "APPROXIMATE"
    """Converged, but the covariance is singular or had to be forced positive."""
    NOT_CONVERGED = "NOT_CONVERGED"
    """The estimated distance to the minimum stayed too large, or the calls ran out."""
    NAN = "NAN"
    """-2 ln L or its gradient is not finite there."""
    INTERPOLATED = "INTERPOLATED"
    """Not minimised: between points of a refined scan, far from its contours."""

    @property
    def usable(self) -> bool:
        """Whether -2 ln L there is that of a minimum."""
        return self in {Status.OK, Status.AT_LIMIT, Status.APPROXIMATE}


class Side(StrEnum):
    """How one end of an interval came about."""

    OK = "OK"
    """Delta chi^2 crosses its threshold there."""
    AT_LIMIT = "AT_LIMIT"
    """Delta chi^2 stays below the threshold up to the bound of the parameter."""
    UNCONSTRAINED = "UNCONSTRAINED"
    """The likelihood does not depend on the parameter alone: no finite end."""
    NEW_MINIMUM = "NEW_MINIMUM"
    """A deeper minimum was met on the way, and again after it had become the best fit."""
    OPEN = "OPEN"
    """The curve ends before the threshold, and before the bound of the parameter."""
    FAILED = "FAILED"
    """No finite profile likelihood on the way."""
