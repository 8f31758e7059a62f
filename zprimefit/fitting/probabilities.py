"""From chi^2 to probabilities and standard deviations."""

from scipy.stats import chi2, norm


def p_value(value: float, ndof: int) -> float:
    """Probability of a larger chi^2; NaN without degrees of freedom."""
    return float(chi2.sf(value, ndof)) if ndof > 0 else float("nan")


def significance(probability: float) -> float:
    """Standard deviations Z of a two-sided Gaussian with this p-value: Z^2 = chi^2 for one degree of freedom."""
    return float(norm.isf(probability / 2)) if probability > 0 else float("inf")
