"""What a reader of a report must know: statuses, bad points, results that do not belong together, inputs in doubt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from zprimefit.fitting.status import Status
from zprimefit.report.blocks import Block, Column, Folded, Paragraph, Section, Table
from zprimefit.report.held import Held
from zprimefit.report.sections import notes_of
from zprimefit.report.words import STATUS, counted, depth
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve

Note = tuple[str, str]
"""Of what, and what."""

TITLE: Final = "Warnings and notes"
APART: Final = 1e-3
"""Difference of two minima of -2 ln L that is more than rounding."""
FIRST: Final = 20
"""Bad points that are listed."""


def notes(held: Held) -> list[Note]:
    """All of them, those of the fit first."""
    sampled = (*_of_chain(held), *_of_evidence(held))
    return [*_of_fit(held), *_of_curves(held), *sampled, *_of_toys(held), *_of_points(held), *_of_inputs(held)]


def section(found: Sequence[Note], held: Held) -> Section:
    """Section of what must be known."""
    if not found:
        return Section("notes", TITLE, [Paragraph("Nothing: no status, point or input is in doubt.")])
    columns = [Column("Of"), Column("What")]
    blocks: list[Block] = [Table("What a reader must know", columns, found)]
    if held.bad_points is not None:
        frame = held.bad_points.head(FIRST)
        cells = [tuple(map(str, row)) for row in frame.itertuples(index=False)]
        table = Table("Points where −2 ln L was no number", [Column(str(name)) for name in frame], cells)
        blocks.append(Folded(f"The first {len(frame)} of {counted(len(held.bad_points), 'bad point')}", [table]))
    return Section("notes", TITLE, blocks)


def _of_fit(held: Held) -> Iterator[Note]:
    fit = held.fit
    if fit is None:
        return
    if fit.status is not Status.OK:
        yield "fit", f"status {fit.status}: {STATUS[fit.status]}"
    for name in fit.parameters:
        for note in notes_of(held, name):
            yield f"fit, {name}", note
    if fit.n_bad:
        of_all = f"{fit.n_bad} of {counted(fit.n_calls, 'evaluation')}"
        yield "fit", f"-2 ln L was not finite at {of_all}, in and out of the domain"
    yield from (("fit", message) for message in fit.messages)
    for name, found in held.parameter_goodness.items():
        yield from ((f"parameter goodness of {name}", message) for message in found.messages)


def _of_curves(held: Held) -> Iterator[Note]:
    for name, curve in held.profiles.items():
        yield from _of_result(held, f"profile of {name}", curve, curve.status, held.command("profile", name))
    for contour in held.scans.values():
        statuses = [status for row in contour.status for status in row]
        again = held.command("scan", " ".join(contour.names))
        yield from _of_result(held, f"scan of {' and '.join(contour.names)}", contour, statuses, again)


def _of_result(
    held: Held, title: str, result: Curve | Contour, statuses: Sequence[Status], again: str
) -> Iterator[Note]:
    counts = Counter(status for status in statuses if status not in {Status.OK, Status.AT_LIMIT})
    for status, n in counts.items():
        yield title, f"{n} of {counted(len(statuses), 'point')} {status}: {STATUS[status]}"
    yield from ((title, message) for message in result.messages)
    if held.fit is not None and abs(result.best_fval - held.fit.fval) > APART:
        here, there = depth(result.best_fval), depth(held.fit.fval)
        said = f"rests on a minimum of -2 ln L = {here}, the fit of this folder has {there}"
        yield title, f"{said}: do it again with `{again}`"


def _of_chain(held: Held) -> Iterator[Note]:
    chain = held.chain
    if chain is None:
        return
    reasons = f": {'; '.join(chain.diagnostics.reasons)}" if chain.diagnostics.reasons else ""
    if chain.verdict != "converged":
        yield "chain", f"convergence: {chain.verdict}{reasons}"
    if chain.n_bad:
        yield "chain", f"-2 ln L was no number at {chain.n_bad} of {counted(chain.tally.evaluations, 'point')}"
    yield from (("chain", message) for message in chain.messages)
    best = chain.best().minus2lnl
    if held.fit is not None and np.isfinite(best) and best < held.fit.fval - APART:
        found = f"its likeliest sample has -2 ln L = {depth(best)}, below the {depth(held.fit.fval)} of the fit"
        yield "chain", f"{found}: fit again with more starts, into another folder"


def _of_evidence(held: Held) -> Iterator[Note]:
    found = held.evidence
    if found is None:
        return
    yield from (("evidence", message) for message in found.messages)
    if found.n_bad:
        yield "evidence", f"-2 ln L was no number at {found.n_bad} of {counted(found.n_calls, 'point')}"


def _of_toys(held: Held) -> Iterator[Note]:
    for name, found in held.toys.items():
        if found.n_failed:
            yield f"toys of {name}", f"{found.n_failed} of {counted(len(found.values), 'experiment')} failed"
        yield from ((f"toys of {name}", message) for message in found.messages)
    for name, calibration in held.calibrations.items():
        failed = sum(toys.n_failed for toys in calibration.toys)
        if failed:
            yield f"thresholds of {name}", counted(failed, "failed experiment")


def _of_points(held: Held) -> Iterator[Note]:
    if held.bad_points is not None and {"step", "components"} <= set(held.bad_points):
        for (step, components), rows in held.bad_points.groupby(["step", "components"], sort=False, dropna=False):
            yield str(step), f"-2 ln L was no number at {counted(len(rows), 'point')} in bad_points.csv: {components}"


def _of_inputs(held: Held) -> Iterator[Note]:
    for component in held.analysis.components:
        for note in getattr(component, "notes", ()):
            yield component.name, f"input not confirmed: {str(note).removesuffix(' (unconfirmed)')}"
