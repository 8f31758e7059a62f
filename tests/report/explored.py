"""A small analysis to explore: two moments and a limit that moves with m_Z'."""

from dataclasses import dataclass

from zprimefit.likelihoods.limits import background_limited

FREE = ("m_zprime", "g_B", "y_mu", "y_etau_taue")
FIXED = ("m_hprime", "m_nu4", "g_d", "U_mu4_sq", "sin_delta")
YAML = """
name: explored
model: {name: z2hdm}
components:
  delta-a-mu: {}
  delta-a-e: {}
  my-limit: {use: "explored.py:CouplingLimit"}
parameters:
  g_B: {bounds: [1e-6, 1e-1]}
  y_mu: {bounds: [1e-4, 1e-2]}
  y_etau_taue: {bounds: [-1e-5, 1e-5]}
""" + "".join(f"  {name}: {{free: false}}\n" for name in FIXED if name in {"m_hprime", "sin_delta"})


@dataclass(frozen=True)
class CouplingLimit:
    """g_B below 1e-3 m_Z' / 800 MeV at 90 % CL."""

    name: str = "my-limit"
    cite: tuple[str, ...] = ("nobody",)
    n_data: int = 0
    observables: tuple[str, ...] = ()
    cl: float = 0.9

    def mu(self, model, params):
        return (params["g_B"] / 1e-3 / (params["m_zprime"] / 0.8)) ** 2

    def minus2lnl(self, model, params):
        return background_limited(self.mu(model, params), self.cl)
