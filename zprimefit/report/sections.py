"""Sections of a report, from what a run folder holds."""

import inspect
from collections.abc import Iterator
from shlex import quote
from typing import Any, Final

import numpy as np

from zprimefit.fitting.bayes_factor import over_no_new_physics
from zprimefit.fitting.intervals import CL, DELTA_CHI2
from zprimefit.fitting.status import Side
from zprimefit.likelihoods.component import UserComponent
from zprimefit.names import model_name
from zprimefit.report.blocks import (
    Block,
    Cell,
    Column,
    Facts,
    Folded,
    Missing,
    Paragraph,
    Section,
    Table,
    citations,
)
from zprimefit.report.held import Held
from zprimefit.report.words import SIDE, STATUS, bayes_in_words, bounds_of, counted, depth, number, percent, probability
from zprimefit.units import format_quantity

MINIMA: Final = 12
"""Minima that are listed, deepest first."""


def glance(held: Held, n_notes: int) -> Facts:
    """What somebody wants to know first."""
    pairs: list[tuple[str, Cell]] = []
    fit, goodness = held.fit, held.goodness
    if fit is None or goodness is None:
        pairs.append(("Best fit", "none yet"))
    else:
        chi2 = f", χ² = {depth(fit.chi2)}" if np.isfinite(fit.chi2) else ""
        p = f", p = {fit.p_value:.3g}" if np.isfinite(fit.p_value) else ""
        pairs.append(("Best fit", f"−2 ln L = {depth(fit.fval)}{chi2}, {_dof(held)}{p}"))
        pairs.append(("Status", f"{fit.status}: {STATUS[fit.status]}"))
        if np.isfinite(goodness.delta_chi2):
            pairs.append(("Against no new physics", _against_null(held)))
    for name, found in held.parameter_goodness.items():
        p = f", {probability(found.p_value)}" if found.ndof > 0 else ""
        pairs.append((f"Parameter goodness of {name}", f"χ²_PG = {depth(found.chi2)}, {found.ndof} dof{p}"))
    if held.chain is not None:
        pairs.append(("Posterior", f"convergence of the chain: {held.chain.verdict}"))
    if held.evidence is not None and held.evidence.says_null:
        pairs.append(("Bayes factor over no new physics", bayes_in_words(over_no_new_physics(held.evidence))))
    pairs.append(("Warnings and notes", str(n_notes) if n_notes else "none"))
    return Facts(pairs)


def _dof(held: Held) -> str:
    fit = held.fit
    return "" if fit is None else f"{fit.n_data} data − {fit.n_free} free = {fit.ndof} dof"


def _against_null(held: Held) -> str:
    found = held.goodness
    if found is None:
        return ""
    return f"Δχ² = {depth(found.delta_chi2)}, {found.n_free} dof, {probability(found.null_p_value)}, by Wilks"


def no_fit(held: Held) -> Missing:
    """No fit yet."""
    return Missing("No fit yet.", f"zprimefit fit {quote(str(held.folder.analysis))} -o {quote(str(held.folder.path))}")


# -- what was fitted --------------------------------------------------------------------------------------------------


def analysis(held: Held) -> Section:
    """Model, components with what they are and where they come from, constraints."""
    about = held.analysis
    source: Any = about.source or {}
    blocks: list[Block] = []
    if source.get("description"):
        blocks.append(Paragraph(str(source["description"])))
    blocks.append(
        Facts([
            ("Model", f"{model_name(about.model)}: {_what_it_is(about.model)}"),
            ("Model from", citations(getattr(about.model, "cite", ())) or "no reference given"),
            ("Options of the model", _options(source.get("model")) or "none"),
            ("Spectra", "interpolated in the masses" if about.engine == "surrogate" else "integrated at every point"),
            ("Data", f"{counted(about.n_data, 'data point')} in {counted(len(about.components), 'component')}"),
            ("Free parameters", ", ".join(about.free_parameters) or "none"),
        ])
    )  # fmt: skip
    columns = [Column("Component"), Column("What it is"), Column("Data", numbers=True), Column("Sources")]
    rows = [
        (c.name, _what_it_is(c), str(c.n_data), citations(c.cite) or "no reference given") for c in about.components
    ]
    blocks.append(Table("Components of the likelihood, and where their data and formulas come from", columns, rows))
    if about.constraints:
        columns = [Column("Constraint"), Column("Width", numbers=True)]
        listed = [(c.require, ", ".join(map(str, c.width)) if isinstance(c.width, tuple) else str(c.width))
                  for c in about.constraints]  # fmt: skip
        blocks.append(Table("Constraints: (excess / width)² beyond the bound", columns, listed))
    options = [(name, _options(given) or "none") for name, given in (source.get("components") or {}).items()]
    if options:
        table = Table("Options of the components", [Column("Component"), Column("Options")], options)
        blocks.append(Folded("Options of the components", [table]))
    return Section("analysis", "What was fitted", blocks)


def _what_it_is(thing: Any) -> str:
    """First line of what a component says of itself."""
    if isinstance(thing, UserComponent):
        of = f"function of {', '.join(thing.parameters)}"
        said = inspect.getdoc(thing.function)
        return f"{said.splitlines()[0]} ({of})" if said else f"a {of}"
    return (inspect.getdoc(type(thing)) or type(thing).__name__).splitlines()[0]


def _options(given: Any) -> str:
    return "; ".join(f"{key}: {_plain(value)}" for key, value in dict(given or {}).items())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# -- the fit ----------------------------------------------------------------------------------------------------------


def best_fit(held: Held) -> Section:
    """Parameters at the best fit, their intervals, minima."""
    fit = held.fit
    if fit is None:
        return Section("fit", "Best fit", [no_fit(held)])
    converged = sum(start.status.usable for start in fit.starts)
    said = (
        f"−2 ln L = {depth(fit.fval)} for {_dof(held)}; status {fit.status}: {STATUS[fit.status]}. "
        f"{counted(len(fit.starts), 'start')}, {converged} of them converged; seed {fit.seed}; "
        f"estimated distance to the minimum {fit.edm:.1e}; {counted(fit.n_calls, 'evaluation')}, {fit.n_bad} not "
        "finite."
    )
    interval = f"Interval, {percent(CL)} CL, 1 dof, Δχ² = {DELTA_CHI2:.2f}"
    columns = [
        Column("Parameter"), Column("Best fit", numbers=True), Column("HESSE error", numbers=True), Column(interval),
        Column("Bounds"), Column("Notes"),
    ]  # fmt: skip
    rows = []
    for name, unit, value, error in zip(fit.parameters, fit.units, fit.values, fit.errors, strict=True):
        found = fit.intervals.get(name)
        rows.append((
            name, format_quantity(float(value), unit),
            "none" if np.isnan(error) else format_quantity(float(error), unit, digits=3),
            "not computed" if found is None else str(found), bounds_of(held.analysis, name),
            "; ".join(notes_of(held, name)),
        ))  # fmt: skip
    blocks: list[Block] = [Paragraph(said), Table("Free parameters at the best fit", columns, rows)]
    fixed = [p for p in held.analysis.parameters if not p.free]
    if fixed:
        values = [(p.name, format_quantity(p.default, p.unit)) for p in fixed]
        table = Table("Fixed parameters", [Column("Parameter"), Column("Value", numbers=True)], values)
        blocks.append(Folded(counted(len(fixed), "fixed parameter"), [table]))
    blocks.append(Folded(f"Minima that the starts ended in: {len(fit.minima)}", [_minima(held)]))
    return Section("fit", "Best fit", blocks)


def notes_of(held: Held, name: str) -> Iterator[str]:
    """What a reader must know of a parameter: bounds that hold it, directions that nothing constrains, open ends."""
    fit = held.fit
    if fit is None:
        return
    if name in fit.at_limit:
        yield f"held at its {fit.at_limit[name]} bound"
    if name in fit.unconstrained:
        yield "a flat direction: held at its default, or moved for another's sake"
    found = fit.intervals.get(name)
    if found is None:
        return
    if Side.UNCONSTRAINED in {found.low_status, found.high_status}:
        yield "unconstrained: the likelihood does not depend on it alone"
        return
    for side, status in (("lower", found.low_status), ("upper", found.high_status)):
        if status is not Side.OK and fit.at_limit.get(name) != side:
            yield SIDE[status].format(side=side)


def _minima(held: Held) -> Table:
    fit: Any = held.fit
    columns = [
        Column("−2 ln L", numbers=True), Column("Status"), Column("Starts", numbers=True),
        *(Column(name, numbers=True) for name in fit.parameters),
    ]  # fmt: skip
    rows = [
        (f"{depth(m.fval)}", str(m.status), str(m.n_starts),
         *(format_quantity(float(v), unit) for v, unit in zip(m.values, fit.units, strict=True)))
        for m in fit.minima[:MINIMA]
    ]  # fmt: skip
    more = f", the first {MINIMA} of {len(fit.minima)}" if len(fit.minima) > MINIMA else ""
    return Table(f"Minima, deepest first{more}", columns, rows)


# -- goodness of fit --------------------------------------------------------------------------------------------------


def goodness(held: Held) -> Section:
    """Every component at the best fit, in total, and against no new physics."""
    found = held.goodness
    if found is None:
        return Section("goodness", "Goodness of fit", [no_fit(held)])
    p = f", p = {found.p_value:.3g}" if found.ndof > 0 else ""
    said = f"−2 ln L = {depth(found.fval)}, χ² = {depth(found.chi2)}, {found.ndof} dof{p}."
    if np.isfinite(found.delta_chi2):
        said += f" Against no new physics, the model with its couplings at zero: {_against_null(held)}."
    else:
        said += " The model does not say what no new physics is."
    columns = [
        Column("Component"), Column("Data", numbers=True), Column("−2 ln L", numbers=True), Column("χ²", numbers=True),
        Column("p", numbers=True), Column("Pull", numbers=True), Column("No new physics: −2 ln L", numbers=True),
        Column("Gain", numbers=True), Column("μ", numbers=True), Column("Verdict"),
    ]  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for c in found.components:
        told = held.judged.get(c.name, {})
        rows.append((
            f"{c.name} *" if told.get("notes") else c.name, str(c.n_data), depth(c.fval), depth(c.chi2),
            number(c.p_value, 3), depth(c.pull), depth(c.null), depth(c.null - c.fval),
            number(told["mu"], 3) if "mu" in told else "", told.get("verdict", ""),
        ))  # fmt: skip
    rows.append((
        "total", str(sum(c.n_data for c in found.components)), depth(found.fval), depth(found.chi2),
        number(found.p_value, 3), "", depth(found.delta_chi2 + found.fval), depth(found.delta_chi2), "", "",
    ))  # fmt: skip
    legend = (
        "Pull: prediction minus measurement over its error, of components that are one measurement. A component's p "
        "has as many degrees of freedom as data, the total's those of the fit. Gain: −2 ln L without new physics less "
        "that of the best fit. μ: rate over the rate at a published limit. Verdict: by Δχ² of 1 dof, or by the limit's "
        "own confidence level. *: takes numbers that were not read in their source, see the notes."
    )
    blocks: list[Block] = [Paragraph(said), Table("Components at the best fit", columns, rows), Paragraph(legend)]
    return Section("goodness", "Goodness of fit", blocks)


def parameter_goodness(held: Held) -> Section:
    """Whether groups of data agree on the parameters."""
    blocks: list[Block] = []
    columns = [
        Column("Group"), Column("Components"), Column("Data", numbers=True), Column("Parameters", numbers=True),
        Column("Own minimum", numbers=True), Column("In the common fit", numbers=True), Column("Cost", numbers=True),
        Column("Status"),
    ]  # fmt: skip
    for name, found in held.parameter_goodness.items():
        p = f", {probability(found.p_value)}" if found.ndof > 0 else "; the groups share no parameter"
        blocks.append(Paragraph(f"Groups {name}: χ²_PG = {depth(found.chi2)}, {found.ndof} dof{p}."))
        rows = [
            (g.name, ", ".join(g.components), str(g.n_data), str(g.n_parameters), depth(g.fval),
             depth(g.fval_joint), depth(g.fval_joint - g.fval), str(g.status))
            for g in found.groups
        ]  # fmt: skip
        blocks.append(Table(f"What a common fit costs each of the groups {name}: −2 ln L", columns, rows))
    if not blocks:
        first = next((c.name for c in held.analysis.components), "COMPONENT")
        groups = f"--group one={first} --group others=rest"
        what = "No parameter goodness of fit yet, which tells whether groups of data agree on the parameters."
        blocks = [Missing(what, held.command("goodness", groups))]
    return Section("parameter-goodness", "Do groups of data agree?", blocks)
