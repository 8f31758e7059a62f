"""Sections of a report that show figures: profiles, scans, posterior, spectra, toys."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from zprimefit.fitting.bayes_factor import over_no_new_physics
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.plots.figure import DPI
from zprimefit.report.blocks import Block, Column, Folded, Missing, Paragraph, Part, Picture, Section, Table
from zprimefit.report.held import Held
from zprimefit.report.sections import no_fit
from zprimefit.report.words import (
    LEVELS,
    bayes_in_words,
    contour_in_words,
    corner_in_words,
    counted,
    curve_in_words,
    depth,
    level,
    nested_in_words,
    number,
    percent,
    plain,
    regions,
    spectrum_in_words,
    thresholds_in_words,
    toys_in_words,
)
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.toy_record import Toys, cls_of
from zprimefit.units import format_quantity

MOST_ROWS: Final = 200
"""Rows of a table behind a figure; a longer one stays in its file."""
CSS_DPI: Final = 96
"""Pixels of a page per inch."""
_QUANTILES: Final = ("median", "low68", "high68", "low95", "high95")
IHDR: Final = slice(16, 24)
"""Where a PNG says how wide and high it is."""


def picture(held: Held, name: str, alternative: str, caption: str) -> list[Picture]:
    """Picture of a figure of the run folder; none where there is no fit, without which nothing is drawn."""
    if name not in held.figures:
        return []
    data = held.figures[name].read_bytes()
    wide, high = (int.from_bytes(data[IHDR][k : k + 4], "big") * CSS_DPI // DPI for k in (0, 4))
    source = f"data:image/png;base64,{b64encode(data).decode()}"
    return [Picture(source, alternative, f"{caption} Its numbers are in figures/{name}.csv.", (wide, high))]


# -- profiles and scans -----------------------------------------------------------------------------------------------


def profiles(held: Held) -> Section:
    """Curves of one parameter or derived quantity."""
    blocks: list[Block] = [Part(name, _profile(held, name, curve)) for name, curve in held.profiles.items()]
    if not blocks:
        first = next(iter(held.analysis.free_parameters), "PARAMETER")
        blocks = [Missing("No profile yet: Δχ² of one parameter or quantity.", held.command("profile", first))]
    return Section("profiles", "Profiles", blocks)


def _profile(held: Held, name: str, curve: Curve) -> list[Block]:
    others = ", ".join(p for p in curve.parameters if p != name)
    caption = f"Δχ² against {name}, profiled over {others or 'nothing else'}; lines at the levels of 1 dof."
    rows = []
    for cl in LEVELS:
        found = curve.intervals(cl)
        rows.append((level(cl, 1, found[0].delta_chi2) if found else f"{percent(cl)} CL, 1 dof", regions(found)))
    columns = [Column("Level"), Column("Region")]
    best = f"Best value {format_quantity(curve.best, curve.unit)}"
    table = Table(f"Regions of {name} below each level. {best}", columns, rows)
    points = [
        (format_quantity(float(x), curve.unit), depth(float(d)), str(s))
        for x, d, s in zip(curve.grid, curve.delta, curve.status, strict=True)
    ]
    heads = [Column(name, numbers=True), Column("Δχ²", numbers=True), Column("Status")]
    shown = picture(held, f"profile-{name}", curve_in_words(curve), caption)
    return [*shown, table, *_folded(f"Points of the profile of {name}", heads, points)]


def _folded(caption: str, columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> list[Folded]:
    return [Folded(f"{caption} ({len(rows)})", [Table(caption, columns, rows)])] if len(rows) <= MOST_ROWS else []


def scans(held: Held) -> Section:
    """Regions of two parameters."""
    blocks: list[Block] = [Part(_title(c), _scan(held, name, c)) for name, c in held.scans.items()]
    if not blocks:
        two = " ".join([*held.analysis.free_parameters, "PARAMETER", "PARAMETER"][:2])
        blocks = [Missing("No scan yet: regions of two parameters.", held.command("scan", two))]
    return Section("scans", "Scans of two parameters", blocks)


def _title(contour: Contour) -> str:
    return " and ".join(contour.names)


def _scan(held: Held, name: str, contour: Contour) -> list[Block]:
    others = ", ".join(p for p in contour.parameters if p not in contour.names)
    caption = f"Regions of {_title(contour)}, profiled over {others or 'nothing else'}."
    rows = [
        (level(cl, 2, threshold), f"{100 * float((contour.delta <= threshold).mean()):.1f} %")
        for cl, threshold in zip(LEVELS, contour.levels(LEVELS), strict=True)
    ]
    size = f"{len(contour.x)} x {len(contour.y)} points"
    columns = [Column("Level"), Column("Points below it", numbers=True)]
    shown = picture(held, f"scan-{name}", contour_in_words(contour), caption)
    return [*shown, Table(f"Share of the {size} of the scan below each level", columns, rows)]


# -- posterior --------------------------------------------------------------------------------------------------------


def posterior(held: Held) -> Section:
    """Chain: convergence, medians and intervals, corner plot, derived quantities."""
    chain, summary = held.chain, held.summary
    if chain is None or summary is None:
        return Section("posterior", "Posterior", [_no_chain(held)])
    ensembles, steps, walkers = chain.log_likelihood.shape
    said = (
        f"{counted(ensembles, 'ensemble')} x {counted(walkers, 'walker')} x {counted(steps, 'step')}, burn-in "
        f"{chain.burn}, seed {chain.seed}; convergence: {chain.verdict}. -2 ln L was no number at {chain.n_bad} of "
        f"{counted(chain.tally.evaluations, 'point')}."
    )
    heads = [Column("Parameter"), *_quantile_heads(), Column("N/τ", numbers=True), Column("R-hat", numbers=True)]
    rows = [(*_quantiles(str(name), row), f"{row['n_over_tau']:.1f}", f"{row['r_hat']:.3f}")
            for name, row in summary.iterrows()]  # fmt: skip
    blocks: list[Block] = [Paragraph(said), Table("Marginal posterior of the parameters", heads, rows)]
    caption = "Marginal distributions of the parameters and of every pair, not smoothed."
    blocks += picture(held, "corner", corner_in_words(chain, summary), caption)
    derived = held.table("chain_derived.csv")
    if derived is not None:
        listed = [_quantiles(str(row["quantity"]), row) for _, row in derived.iterrows()]
        blocks += _folded("Derived quantities", [Column("Quantity"), *_quantile_heads()], listed)
    return Section("posterior", "Posterior", blocks)


def evidence(held: Held) -> Section:
    """Evidence by nested sampling, Bayes factor over no new physics, what the priors cost, corner plot."""
    found = held.evidence
    title = "Evidence"
    if found is None:
        return Section("evidence", title, [Missing("No evidence yet, for Bayes factors.", held.command("evidence"))])
    blocks: list[Block] = [
        Paragraph(
            f"ln Z = {found.log_z:.2f} ± {found.error:.2f} by nested sampling: "
            f"{counted(found.n_live, 'live point')}, {found.n_calls} evaluations, seed {found.seed}, "
            f"{found.ess:.0f} effective samples. It depends on the priors, ends included."
        )
    ]
    if found.says_null:
        over = bayes_in_words(over_no_new_physics(found))
        blocks.append(Paragraph(f"Bayes factor over no new physics: {over}, in the words of Jeffreys."))
    heads = [Column("Parameter"), *_quantile_heads(), Column("ln(prior width / posterior width)", numbers=True)]
    levels = [0.5, *(0.5 + sign * cl / 2 for cl in LEVELS for sign in (-1, 1))]
    rows = []
    for name, column, cost in zip(found.parameters, found.posterior().T, found.compression, strict=True):
        quantiles = dict(zip(_QUANTILES, np.quantile(column, levels), strict=True))
        unit = held.analysis.parameter(name).unit
        rows.append((*_quantiles(name, {"unit": unit, **quantiles}), f"{cost:.2f}"))
    blocks.append(Table("Marginal posterior of the parameters, and what their priors cost of ln Z", heads, rows))
    caption = "Marginal distributions by nested sampling of the parameters and of every pair, not smoothed."
    return Section("evidence", title, [*blocks, *picture(held, "corner-nested", nested_in_words(found), caption)])


def _no_chain(held: Held) -> Missing:
    begun = held.folder.chain.is_dir()
    return Missing("No chain yet, nor what it predicts.", held.command("sample", "--resume" if begun else ""))


def _quantile_heads() -> list[Column]:
    ends = [f"Central {percent(cl)}" for cl in LEVELS]
    return [Column(title, numbers=True) for title in ("Median", *ends)]


def _quantiles(name: str, row: Any) -> tuple[str, ...]:
    unit = str(row["unit"])
    shown = "" if unit in {"1", "GeV"} else f" {unit}"
    median, low68, high68, low95, high95 = (format_quantity(float(row[key]), unit) for key in _QUANTILES)
    return name, f"{median}{shown}", f"[{low68}, {high68}]{shown}", f"[{low95}, {high95}]{shown}"


# -- spectra ----------------------------------------------------------------------------------------------------------


def spectra(held: Held) -> Section | None:
    """Spectra of MiniBooNE; None where the analysis has none."""
    blocks: list[Block] = []
    for component in held.analysis.components:
        if not isinstance(component, MiniBooNE):
            continue
        for kind, prediction in (
            ("spectrum", "the best fit and its band"),
            ("posterior", f"the median of the posterior and its central {percent(LEVELS[0])} and {percent(LEVELS[1])}"),
        ):
            name = f"{kind}-{component.name}"
            if name in held.figures:
                twin = pd.read_csv(held.figures[name].with_suffix(".csv"))
                caption = f"{component.name}: data, backgrounds, {prediction}, with pulls below."
                blocks += picture(held, name, spectrum_in_words(twin, prediction), caption)
                if kind == "spectrum":
                    blocks += _bins(component.name, twin)
        if held.fit is None:
            blocks.append(no_fit(held))
        elif held.chain is None:
            blocks.append(_no_chain(held))
    return Section("spectra", "MiniBooNE spectra", blocks) if blocks else None


def _bins(name: str, twin: pd.DataFrame) -> list[Folded]:
    heads = ("Panel", "From", "To", "Data", "Background", "Signal", "Total", "Pull")
    columns = [Column(head, numbers=k > 0) for k, head in enumerate(heads)]
    rows = [
        (plain(str(row["panel"])), f"{row['low']:g}", f"{row['high']:g}", f"{row['data']:g}",
         f"{row['background']:.1f}", f"{row['signal']:.1f}", f"{row['total']:.1f}", f"{row['pull']:.2f}")
        for _, row in twin.iterrows()
    ]  # fmt: skip
    return _folded(f"Bins of {name} at the best fit, counts", columns, rows)


# -- toys -------------------------------------------------------------------------------------------------------------


def toys(held: Held) -> Section:
    """Pseudo-experiments and thresholds by them."""
    blocks: list[Block] = [Part(name, _toys(held, name, found)) for name, found in held.toys.items()]
    blocks += [
        Part(f"Thresholds of {name}", _thresholds(held, name, found)) for name, found in held.calibrations.items()
    ]
    blocks += _cls(held.toys)
    command = held.command("toys", "NAME=VALUE")
    if not held.toys:
        blocks.append(Missing("No p-value by pseudo-experiments yet.", command))
    if not held.calibrations:
        name = next(iter(held.profiles), "NAME")
        blocks.append(Missing("No thresholds by pseudo-experiments yet.", held.command("calibrate", name)))
    return Section("toys", "Pseudo-experiments", blocks)


def _toys(held: Held, name: str, found: Toys) -> list[Block]:
    blocks: list[Block] = [Paragraph(line) for line in str(found).splitlines()]
    caption = "Distribution of t in pseudo-experiments, beside that of Wilks and the data."
    return [*blocks, *picture(held, f"toys-{name}", toys_in_words(found), caption)]


def _thresholds(held: Held, name: str, found: Calibration) -> list[Block]:
    blocks: list[Block] = []
    if f"thresholds-{name}" in held.figures:
        caption = f"Δχ² against {name} with the thresholds of {percent(found.cl)} CL, 1 dof, by Wilks and by toys."
        blocks += picture(held, f"thresholds-{name}", thresholds_in_words(found), caption)
    names = [*found.toys[0].hypothesis]
    heads = ("Δχ²", "Threshold by toys", "its 68.27 % CL", "p by toys", "p by Wilks", "Toys", "Failed")
    columns = [Column(head, numbers=True) for head in (*names, *heads)]
    units = [held.analysis.parameter(each).unit for each in names]
    rows = [
        (*(format_quantity(float(row[each]), unit) for each, unit in zip(names, units, strict=True)),
         depth(row["delta_chi2"]), number(row["critical"]),
         f"{row['critical_low']:.3g} to {row['critical_high']:.3g}",
         number(row["p_toys"], 3), number(row["p_wilks"], 3), str(row["toys"]), str(row["failed"]))
        for _, row in found.to_frame().iterrows()
    ]  # fmt: skip
    said = level(found.cl, found.ndof, found.wilks)
    return [*blocks, Table(f"Thresholds of {name} by toys; by Wilks: {said}", columns, rows)]


def _cls(found: Mapping[str, Toys]) -> list[Paragraph]:
    """CL_s of hypotheses that have toys of both truths."""
    tested = [toys for toys in found.values() if toys.true == "hypothesis"]
    nulls = [toys for toys in found.values() if toys.true != "hypothesis"]
    pairs = [(a, b) for a in tested for b in nulls if (a.hypothesis, a.side) == (b.hypothesis, b.side)]
    return [Paragraph(str(cls_of(a, b))) for a, b in pairs]
