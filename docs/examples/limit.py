"""A limit of one's own: g_B < 1e-3 (m_Z' / 800 MeV) at 90 % CL, as a smooth term."""

from zprimefit import component
from zprimefit.likelihoods.limits import background_limited


@component(parameters=["m_zprime", "g_B"], cite="Mine:2026abc")
def my_limit(m_zprime, g_B):
    """-2 ln L; mu is the rate over the rate at the limit."""
    mu = ((g_B / 1e-3) / (m_zprime / 0.8)) ** 2
    return background_limited(mu, cl=0.90)
