"""Which publication a term goes by: what the model's paper quotes, or the latest.

An analysis file says ``data: papers`` or ``data: current``, and :func:`zprimefit.load` can exchange one for the other.
That sets the options below, and nothing else: terms, statistics and formulas stay, and whatever has one publication in
the package stays with it (both papers use MiniBooNE's release of 2020). Caesium and rubidium disagree on Delta a_e;
current is rubidium, as in the packaged analyses.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from zprimefit.analyses.schema import AnalysisError, AnalysisSpec
from zprimefit.names import unknown_name

Options = Mapping[str, Mapping[str, Any]]

CURRENT: Final[Options] = {
    "delta-a-mu": {"reference": "2025_WP25"},
    "delta-a-e": {"reference": "Rb_2023"},
    "na64-invisible": {"year": "2019"},
    "a1": {"data": "both"},
    "coherent-csi": {"kind": "coherent-csi-2021"},
    "tau-e-gamma": {"limit": "BaBar-2010"},
}
"""Kind of component -> options that name the latest publication."""
PAPERS: Final[Mapping[str, Options]] = {
    # arXiv:2006.01948: Eqs. 1 and 2, section V and its references 196 and 214.
    "z2hdm": {
        "delta-a-mu": {"reference": "paperA"},
        "delta-a-e": {"reference": "paperA"},
        "na64-invisible": {"year": "2017"},
        "coherent-csi": {"kind": "coherent-csi-2017"},
        "tau-e-gamma": {"limit": "paperA"},
    },
    # Hammad, Rashed, Moretti 2022: Eq. 18, section 3 and its references 18 and 26.
    "blsm": {
        "delta-a-mu": {"reference": "paperB"},
        "na64-invisible": {"year": "2016"},
        "a1": {"data": "2014"},
    },
}
"""Model -> what its paper quotes instead; what it does not quote is the latest."""
DATED_KINDS: Final = {"coherent-csi-2017": "coherent-csi", "coherent-csi-2021": "coherent-csi"}
"""Kinds that name their publication themselves -> the kind that leaves it open."""


def dated(spec: AnalysisSpec, *, asked: bool) -> AnalysisSpec:
    """Fill in the options that say which publication is used.

    Parameters
    ----------
    spec : an analysis; without ``data`` it is returned as it is.
    asked : whether ``data`` was asked for from outside. What the file itself says of a component is stronger than its
        own ``data``, and a contradiction to one from outside.

    Raises
    ------
    AnalysisError
        For a component whose options name another publication than was asked for, or a model without a paper.
    """
    if spec.data is None:
        return spec
    wanted = _options_of(spec)
    components = {}
    for key, options in spec.components.items():
        given = dict(options or {})
        kind = str(given.get("kind", key))
        if "use" in given or DATED_KINDS.get(kind, kind) not in wanted:
            components[key] = given
            continue
        fill = wanted[DATED_KINDS.get(kind, kind)]
        if "kind" in fill:
            given = {**given, "kind": kind if kind in DATED_KINDS else fill["kind"]}
        components[key] = {**fill, **given}
        for name, value in fill.items() if asked else ():
            if components[key][name] != value:
                found = f"component {key} has {name} {components[key][name]!r}"
                msg = f"data {spec.data!r}: {found}, and would have {value!r}; remove that, or leave data"
                raise AnalysisError(msg)
    return spec.model_copy(update={"components": components})


def _options_of(spec: AnalysisSpec) -> dict[str, Mapping[str, Any]]:
    if spec.data == "current":
        return dict(CURRENT)
    model = spec.model.get("name")
    if model not in PAPERS:
        msg = f"data 'papers': {unknown_name('paper of the model', model, list(PAPERS))}"
        raise AnalysisError(msg)
    return {**CURRENT, **PAPERS[str(model)]}


def with_data(text: str, data: str) -> str:
    """Text of a packaged analysis with another ``data``, comments and all."""
    changed, n = re.subn(r"(?m)^data: \w+ *(#.*)?$", f"data: {data}", text)
    if n != 1:
        msg = f"data: expected one line 'data: ...' in the analysis, found {n}"
        raise AnalysisError(msg)
    return changed


def publications(source: Mapping[str, Any] | None) -> dict[str, str]:
    """Which publication each dated component of a resolved analysis goes by, e.g. ``{"delta-a-mu": "paperA"}``."""
    if source is None:
        return {}
    found = {}
    for key, options in source["components"].items():
        given = options or {}
        kind = str(given.get("kind", key))
        if kind in DATED_KINDS:
            found[key] = kind
        elif kind in CURRENT and "use" not in given:
            (name,) = CURRENT[kind]
            found[key] = str(given.get(name))
    return found
