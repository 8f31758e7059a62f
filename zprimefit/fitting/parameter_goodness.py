"""Parameter goodness of fit: do groups of data that each fit well agree on the parameters?

Maltoni and Schwetz (hep-ph/0304176): with chi^2_r the -2 ln L of group r alone,

    chi^2_PG = min over all parameters of Sum_r chi^2_r - Sum_r min chi^2_r,   dof = Sum_r P_r - P,

where P_r is the number of parameters that group r depends on and P that of all groups. Parameters are counted as
internal coordinates that change -2 ln L somewhere in the domain: four couplings that enter as one product are one.
What each group gets wrong by itself drops out, so that many data that nobody doubts do not dilute a tension.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import pandas as pd

from zprimefit.fitting.bestfit import Progress
from zprimefit.fitting.encoding import (
    number,
    read_document,
    read_fields,
    read_number,
    reading,
    write_document,
)
from zprimefit.fitting.fit import fit
from zprimefit.fitting.probabilities import p_value, significance
from zprimefit.fitting.result import Fit
from zprimefit.fitting.status import Status
from zprimefit.names import unknown_name

SCHEMA: Final = 1
LOWER: Final = 1e-3
"""Fall of -2 ln L of the whole, where its groups' own fits end, that says the fit of the whole was no minimum."""


@dataclass(frozen=True)
class Group:
    """Some components of an analysis fitted by themselves.

    Parameters
    ----------
    name : label.
    components : that are in it.
    n_data : their data points.
    n_parameters : P_r, coordinates that they depend on.
    fval : min chi^2_r.
    fval_joint : chi^2_r at the best fit of all groups.
    best : the free parameters at its own minimum, in GeV or dimensionless.
    status : of its fit; OK where nothing was free.
    """

    name: str
    components: tuple[str, ...]
    n_data: int
    n_parameters: int
    fval: float
    fval_joint: float
    best: Mapping[str, float]
    status: Status


@dataclass(frozen=True)
class ParameterGoodness:
    """Outcome of the test; see the module.

    Parameters
    ----------
    analysis : what was tested.
    groups : each with its own minimum.
    n_parameters : P, coordinates that all of them depend on.
    fval : minimum of the sum.
    best : the free parameters there.
    messages : what a reader must know, one sentence each.
    """

    analysis: str
    groups: tuple[Group, ...]
    n_parameters: int
    fval: float
    best: Mapping[str, float]
    messages: tuple[str, ...]

    @property
    def chi2(self) -> float:
        """chi^2_PG."""
        return self.fval - sum(group.fval for group in self.groups)

    @property
    def ndof(self) -> int:
        """Sum_r P_r - P: parameters that more than one group depends on."""
        return sum(group.n_parameters for group in self.groups) - self.n_parameters

    @property
    def p_value(self) -> float:
        """Probability of a larger chi^2_PG where groups agree; NaN where they share no parameter."""
        return p_value(self.chi2, self.ndof)

    @property
    def significance(self) -> float:
        """The same in standard deviations, two-sided."""
        return significance(self.p_value)

    def to_frame(self) -> pd.DataFrame:
        """One row a group: data, parameters, its own minimum, its value in the joint best fit, and what that costs."""
        rows = [
            (g.name, g.n_data, g.n_parameters, g.fval, g.fval_joint, g.fval_joint - g.fval, g.status)
            for g in self.groups
        ]
        columns = ["group", "n_data", "n_parameters", "minimum", "joint", "cost", "status"]
        return pd.DataFrame(rows, columns=pd.Index(columns)).set_index("group")

    def __str__(self) -> str:
        """Table with the verdict above it."""
        said = f"chi^2_PG = {round(self.chi2, 6) + 0.0:.4g}, {self.ndof} dof"
        if self.ndof > 0:
            said += f", p = {self.p_value:.3g} ({self.significance:.2f} sigma, two-sided)"
        head = f"{self.analysis}: parameter goodness of fit, {said}"
        members = [f"- {g.name}: {', '.join(g.components)}" for g in self.groups]
        notes = [f"- {message}" for message in self.messages]
        return "\n".join([head, self.to_frame().to_string(float_format="{:.4f}".format), *members, *notes])

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        groups = [
            {**vars(g), "fval": number(g.fval), "fval_joint": number(g.fval_joint), "best": dict(g.best)}
            for g in self.groups
        ]
        content = {**vars(self), "groups": groups, "fval": number(self.fval), "best": dict(self.best)}
        return write_document("parameter-goodness", SCHEMA, content)

    @classmethod
    @reading("parameter-goodness")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "parameter-goodness", SCHEMA)
        groups = tuple(
            Group(
                **read_fields(Group, g, ("name", "components", "n_data", "n_parameters", "best", "status")),
                fval=read_number(g["fval"]),
                fval_joint=read_number(g["fval_joint"]),
            )
            for g in d["groups"]
        )
        fields = read_fields(cls, d, ("analysis", "n_parameters", "best", "messages"))
        return cls(**fields, groups=groups, fval=read_number(d["fval"]))


def parameter_goodness(
    analysis: Any,
    groups: Mapping[str, Sequence[str]],
    *,
    fit_of_all: Fit | None = None,
    starts: int = 16,
    seed: int = 1,
    progress: Progress | None = None,
) -> ParameterGoodness:
    """Test whether groups of components agree on the parameters.

    Parameters
    ----------
    analysis : an :class:`~zprimefit.analyses.Analysis`. Its constraints hold in every group that depends on what they
        bound.
    groups : label -> names of components. Components that are in none are left out of the test.
    fit_of_all : a fit of these components together; made with the same starts if absent.
    starts, seed : of every fit. A group's first start is the best fit of all.
    progress : called with (done, total, text), one step a fit.

    Raises
    ------
    ValueError
        For fewer than two groups, an empty one, or a component in two of them.
    KeyError
        For a component that there is not.
    """
    _check_groups(analysis, groups)
    everything = _only(analysis, [name for members in groups.values() for name in members])
    tell = progress or (lambda _done, _total, _text: None)
    joint = fit_of_all or fit(everything, starts=starts, seed=seed, minos=False)
    tell(1, 1 + len(groups), f"all: -2 ln L = {joint.fval:.6g} {joint.status}")
    found: list[Group] = []
    messages = _doubts("all", joint.status)
    for i, (name, members) in enumerate(groups.items()):
        found.append(_group(everything, name, tuple(members), joint, starts, seed))
        tell(2 + i, 1 + len(groups), f"{name}: -2 ln L = {found[-1].fval:.6g} {found[-1].status}")
        messages += _doubts(name, found[-1].status)
    n_parameters = len(joint.parameters) - len(joint.unconstrained)
    result = ParameterGoodness(analysis.name, tuple(found), n_parameters, joint.fval, joint.best, tuple(messages))
    if result.chi2 < -LOWER:
        more = f"chi^2_PG = {result.chi2:.3g} is negative: the fit of all is no minimum; use more starts"
        result = replace(result, messages=(*result.messages, more))
    return result


def _doubts(name: str, status: Status) -> list[str]:
    return [] if status.usable else [f"the fit of {name} ended as {status}: its minimum is not to be relied on"]


def _check_groups(analysis: Any, groups: Mapping[str, Sequence[str]]) -> None:
    if len(groups) < 2:
        msg = f"parameter goodness of fit: at least two groups of components are needed, got {list(groups)}"
        raise ValueError(msg)
    known = [component.name for component in analysis.components]
    seen: dict[str, str] = {}
    for label, members in groups.items():
        if isinstance(members, str) or not members:
            msg = f"parameter goodness of fit: group {label!r} must list names of components, got {members!r}"
            raise ValueError(msg)
        for name in members:
            if name not in known:
                raise KeyError(unknown_name("component", name, known))
            if name in seen:
                msg = f"parameter goodness of fit: component {name!r} is in group {seen[name]!r} and again in {label!r}"
                raise ValueError(msg)
            seen[name] = label


def _only(analysis: Any, names: Sequence[str]) -> Any:
    """The analysis with some components alone, and the constraints on parameters that they depend on."""
    components = tuple(c for c in analysis.components if c.name in set(names))
    reached = frozenset().union(*(analysis.touched_by[c.name] for c in components))
    constraints = tuple(c for c in analysis.constraints if analysis.touched_by[c.name] <= reached)
    return replace(
        analysis, components=components, constraints=constraints, parameters=analysis.declared, source=None,
    )  # fmt: skip


def _group(everything: Any, name: str, members: tuple[str, ...], joint: Fit, starts: int, seed: int) -> Group:
    """Fit a group by itself, from the best fit of all first."""
    alone = _only(everything, members)
    alone = alone.with_parameters({p: {"default": joint.best[p]} for p in alone.free_parameters if p in joint.best})
    fval_joint = sum(joint.breakdown[member] for member in members)
    common = {"name": name, "components": members, "n_data": alone.n_data, "fval_joint": fval_joint}
    if not alone.free:
        return Group(**common, n_parameters=0, fval=fval_joint, best={}, status=Status.OK)
    own = fit(alone, starts=starts, seed=seed, minos=False)
    n_parameters = len(own.parameters) - len(own.unconstrained)
    return Group(**common, n_parameters=n_parameters, fval=own.fval, best=own.best, status=own.status)
