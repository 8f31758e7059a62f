"""What the theory options and the detector options change at the benchmark: events and chi^2."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import jax
import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.miniboone.acceptance import RULES
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm.decays import SCALARS

OPTIONS: Final[tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]] = (
    ("default", {}, {}),
    ("coherent part: nucleon kinematics (Eq. 30 read literally)", {"coherent": "nucleon"}, {}),
    ("carbon form factor: Helm", {"carbon_form_factor": "helm"}, {}),
    ("nucleon form factors: Kelly", {"nucleon_form_factors": "kelly"}, {}),
    ("efficiency at reconstructed E_vis", {}, {"efficiency_at": "reconstructed"}),
    ("acceptance: 8 degrees or a soft lepton", {}, {"acceptance": "opening"}),
    ("acceptance: 13 degrees or a soft lepton", {}, {"acceptance": "opening13"}),
    ("acceptance: two-shower cut", {}, {"acceptance": "showers"}),
    ("acceptance: every pair", {}, {"acceptance": "all"}),
    ("H decays to e+e- only, both scalars by 8 degrees", {"variant": "as_printed"}, {"acceptance": "opening"}),
    ("statistic with ln det", {}, {"statistic": "gaussian-logdet"}),
    ("signal covariance of the release", {}, {"signal_covariance": "released"}),
)
"""Label, options of the model, options of MiniBooNE."""

Tell = Callable[[int, int, str], None]


def _best_rate(likelihood: MiniBooNE, signal: np.ndarray) -> tuple[float, float]:
    """-2 ln L minimised over a common factor of the signal, and the factor."""
    value = jax.jit(likelihood.observation.minus2lnl)
    grid = np.linspace(np.log(0.05), np.log(20.0), 61)
    depth = [float(value(np.exp(x) * signal)) for x in grid]
    k = int(np.argmin(depth))
    bracket = (grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)])
    found = minimize_scalar(lambda x: float(value(np.exp(x) * signal)), bounds=bracket, method="bounded")
    return float(found.fun), float(np.exp(found.x))


def option_table(tell: Tell | None = None) -> pd.DataFrame:
    """Events and -2 ln L of MiniBooNE in E_nu^QE at Table I for every option, one changed at a time.

    ``best_minus2lnl`` is minimised over the size of the signal: what an option changes there is a matter of shape, the
    rest can be taken up by the couplings. ``rate_factor`` is the size it then has, relative to Table I. -2 ln L of the
    statistic with ln det is the collaboration's, on another scale than the chi^2 of the others.
    """
    rows = []
    for i, (label, model_options, likelihood_options) in enumerate(OPTIONS):
        if tell is not None:
            tell(i, len(OPTIONS), label)
        likelihood = MiniBooNE(**likelihood_options)
        model = Z2HDM(**model_options)
        counts = likelihood.predict(model, model.benchmark())
        signal = np.concatenate(list(counts.values()))
        events = {mode: float(c[: likelihood.counted[m]].sum()) for m, (mode, c) in enumerate(counts.items())}
        best, factor = _best_rate(likelihood, signal)
        null = likelihood.minus2lnl_of_signal({mode: 0 * c for mode, c in counts.items()})
        at_point = likelihood.minus2lnl_of_signal(counts)
        rows.append((label, events["fhc"], events["rhc"], null, at_point, best, factor, likelihood.n_data))
    columns = [
        "option", "events_fhc", "events_rhc", "null_minus2lnl", "minus2lnl", "best_minus2lnl", "rate_factor", "n_data",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=pd.Index(columns))
    for place, mode in ((3, "fhc"), (4, "rhc")):
        table.insert(place, f"change_{mode}", table[f"events_{mode}"] / table[f"events_{mode}"].iloc[0] - 1)
    return table


def acceptance_table(tell: Tell | None = None) -> pd.DataFrame:
    """Events at Table I by acceptance rule, mode and scalar: made in the tank, to e+e-, after efficiency, selected.

    H with e+e- as its only decay, as the paper has it (``variant="as_printed"``): with H -> h'h' its rows are smaller
    by BR(H -> e+e-), about 1e-5.
    """
    rows = list(_accepted(tell))
    names = ["acceptance", "mode", "scalar", "produced", "to_ee", "efficiency", "selected", "fraction_one_ring"]
    return pd.DataFrame(rows, columns=pd.Index(names))


def _accepted(tell: Tell | None) -> Iterator[tuple[Any, ...]]:
    model = Z2HDM(variant="as_printed")
    params = model.benchmark()
    for i, rule in enumerate(RULES):
        if tell is not None:
            tell(i, len(RULES), f"acceptance {rule}")
        likelihood = MiniBooNE(acceptance=rule)
        table = likelihood.events(model, params)
        for mode in likelihood.taken_modes:
            for scalar in SCALARS:
                found = [row for (m, s, _), row in table.items() if (m, s) == (mode, scalar)]
                sums = [sum(row[key] for row in found) for key in ("produced", "to_ee", "efficiency", "selected")]
                yield rule, mode, scalar, *sums, sums[3] / sums[2]
