"""zprimefit init, check, eval: analysis files and single points."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from zprimefit.cli.vintage import DataOption, asked

AnalysisArgument = Annotated[str, typer.Argument(help="analysis file, packaged name, or run folder")]


def init(
    name: Annotated[str, typer.Argument(help="packaged analysis")] = "z2hdm-miniboone",
    output: Annotated[Path, typer.Option("--output", "-o", help="file to write")] = Path("analysis.yaml"),
    data: DataOption = None,
) -> None:
    """Write a packaged analysis as a file to edit."""
    from zprimefit.analyses import packaged
    from zprimefit.analyses.loading import read_text
    from zprimefit.analyses.vintages import with_data
    from zprimefit.files import write_atomic
    from zprimefit.names import unknown_name

    if name not in packaged():
        raise ValueError(unknown_name("packaged analysis", name, packaged()))
    if output.exists():
        msg = f"{output}: exists already; nothing was overwritten, choose another name with -o"
        raise ValueError(msg)
    text = read_text(name)[0]
    write_atomic(output, text if data is None else with_data(text, data.value))
    typer.echo(f"wrote {output}; next: zprimefit check {output}")


def check(analysis: AnalysisArgument = "analysis.yaml", data: DataOption = None) -> None:
    """Read an analysis and say what it holds: components, data, verdicts at the benchmark, constraints, parameters."""
    import zprimefit
    from zprimefit.analyses.evaluation import components_at, constraints_at
    from zprimefit.cli.progress import progress
    from zprimefit.names import model_name
    from zprimefit.units import format_quantity

    loaded = zprimefit.load(analysis, **asked(data))
    with progress("preparing") as report:
        loaded.prepare(report.line)
    typer.echo(f"{loaded.name}: {model_name(loaded.model)}, engine {loaded.engine}, {loaded.n_data} data points")
    for line in _data_lines(loaded):
        typer.echo(line)
    label, at = _reference_point(loaded)
    found = components_at(loaded, at)
    width = max(14, *(len(_marked(c.name, found[c.name])) + 2 for c in loaded.components))
    head = f"{'component':<{width}}{'N':>4}{f'-2 ln L at {label}':>22}{'mu':>11}  {'verdict':<21}"
    typer.echo(f"\n{head}sources")
    for component in loaded.components:
        told = found[component.name]
        numbers = f"{told['n_data']:>4}{told['minus2lnl']:>22.4f}{_mu_text(told):>11}  {told['verdict']:<21}"
        typer.echo(f"{_marked(component.name, told):<{width}}{numbers}{', '.join(component.cite)}")
        error = getattr(loaded.term(component.name), "error", None)
        if error is not None:
            note = f"rates interpolated in the masses; largest relative error of a bin at held-out points {error:.1e}"
            typer.echo(f"{'':<{width + 4}}{note}")
    for line in _unconfirmed_lines(found):
        typer.echo(line)
    if loaded.constraints:
        typer.echo(f"\nconstraints at {label}")
        typer.echo(_constraints_text(constraints_at(loaded, at)))
    width = max(len(p.name) for p in loaded.parameters) + 2
    columns = f"{'free':<6}{'default':>12}  {'bounds':<26}{'scale':<8}{'prior':<13}"
    typer.echo(f"\n{'parameter':<{width}}{columns}touches (free: probed, fixed: read)")
    for p in loaded.parameters:
        low, high = (format_quantity(b, p.unit) for b in p.bounds)
        # What is free was moved to see what changes; what is fixed is only known to be read.
        touched = loaded.probed if p.free else loaded.touched_by
        touches = ", ".join(name for name, seen in touched.items() if p.name in seen) or "nothing"
        default = format_quantity(p.default, p.unit)
        prior = p.effective_prior.kind if p.free else ""
        typer.echo(
            f"{p.name:<{width}}{'free' if p.free else 'fixed':<6}{default:>12}  {f'{low} … {high}':<26}"
            f"{p.scale:<8}{prior:<13}{touches}"
        )
    loaded.refuse_idle()


def _data_lines(analysis: Any) -> list[str]:
    """What the analysis says of the age of its data."""
    from zprimefit.analyses.vintages import publications

    data = (analysis.source or {}).get("data")
    if data is None:
        return []
    meaning = {"papers": "what the paper quotes", "current": "today's"}[data]
    dated = ", ".join(f"{name} {publication}" for name, publication in publications(analysis.source).items())
    return [f"data {data}, {meaning}: {dated or 'every term has one publication, the same for both'}"]


def _reference_point(analysis: Any) -> tuple[str, dict[str, float]]:
    """First benchmark of the model, or the defaults where it has none."""
    from zprimefit.analyses.points import named_point

    label = next(iter(analysis.benchmarks), "defaults")
    return label, named_point(analysis, label)


def evaluate(
    analysis: AnalysisArgument = "analysis.yaml",
    at: Annotated[
        str,
        typer.Option(
            help="where: 'defaults', a benchmark of the model such as table1, 'null': no new physics, or a YAML file"
        ),
    ] = "defaults",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, e.g. m_zprime='750 MeV'; may be repeated")
    ] = None,
    data: DataOption = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    card: Annotated[Path | None, typer.Option(help="file to write the point's parameter card to, SLHA-like")] = None,
) -> None:
    """Evaluate one point by direct integration: -2 ln L by component, predictions, constraints, derived quantities."""
    import zprimefit
    from zprimefit.analyses.evaluation import evaluate as values_at
    from zprimefit.analyses.points import NULL, check_bounds, named_point
    from zprimefit.files import write_atomic
    from zprimefit.report.export.cards import card_text

    loaded = zprimefit.load(analysis, engine="direct", **asked(data))
    point = named_point(loaded, at) | dict(setting(loaded, text) for text in set_ or [])
    check_bounds(loaded, point, except_for=loaded.model.no_new_physics if at == NULL else {})
    if card is not None:
        write_atomic(card, card_text(loaded, point, ", ".join([at, *(set_ or [])])))
    result = values_at(loaded, point)
    if json_:
        typer.echo(json.dumps(_without_infinities(result), indent=2, allow_nan=False))
    else:
        typer.echo(_evaluation_text(loaded, result))


def setting(analysis: Any, text: str) -> tuple[str, float]:
    """Read NAME=VALUE."""
    from zprimefit.units import read_quantity

    name, equals, value = text.partition("=")
    if not equals:
        msg = f"--set {text!r}: expected NAME=VALUE, e.g. --set m_zprime='750 MeV'"
        raise ValueError(msg)
    parameter = analysis.parameter(name.strip())
    return parameter.name, read_quantity(value, parameter.unit, what=parameter.name)


def _without_infinities(thing: Any) -> Any:
    """What JSON can hold: null for what is no finite number."""
    if isinstance(thing, dict):
        return {key: _without_infinities(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [_without_infinities(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


def _constraints_text(found: list[dict[str, Any]]) -> str:
    from zprimefit.units import format_quantity

    width = max(len(bound["require"]) for bound in found) + 2
    lines = [f"  {'require':<{width}}{'value':>12}  {'limit':<14}{'width':>12}{'-2 ln L':>12}"]
    for bound in found:
        value, limit, soft = (format_quantity(bound[key], bound["unit"]) for key in ("value", "limit", "width"))
        holds = "satisfied" if bound["satisfied"] else "violated"
        limits = f"{bound['relation']} {limit}"
        numbers = f"{value:>12}  {limits:<14}{soft:>12}{bound['penalty']:>12.4g}"
        lines.append(f"  {bound['require']:<{width}}{numbers}  {holds}")
    return "\n".join(lines)


def _marked(name: str, found: Mapping[str, Any]) -> str:
    """Name of a term, with a mark where it takes numbers that are not confirmed."""
    return f"{name} *" if found.get("notes") else name


def _mu_text(found: Mapping[str, Any]) -> str:
    return f"{found['mu']:.3g}" if "mu" in found else ""


def _unconfirmed_lines(components: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Footer of a table of terms: what is not confirmed, one line for each of them that is marked."""
    noted = {name: found["notes"] for name, found in components.items() if found.get("notes")}
    if not noted:
        return []
    width = max(map(len, noted)) + 2
    texts = {name: "; ".join(note.removesuffix(" (unconfirmed)") for note in notes) for name, notes in noted.items()}
    return ["\n* unconfirmed inputs:", *(f"  {name:<{width}}{text}" for name, text in texts.items())]


def _evaluation_text(analysis: Any, result: dict[str, Any]) -> str:
    lines = [
        f"{result['analysis']}: -2 ln L = {result['minus2lnl']:.4f} for {result['n_data']} data points",
        *_data_lines(analysis),
        "",
    ]
    width = max(16, *(len(_marked(name, found)) + 2 for name, found in result["components"].items()))
    lines.append(f"{'component':<{width}}{'-2 ln L':>12}{'N':>5}{'pull':>8}{'mu':>11}  verdict")
    for name, found in result["components"].items():
        pull = f"{found['pull']:.2f}" if "pull" in found else ""
        numbers = f"{found['minus2lnl']:>12.4f}{found['n_data']:>5}{pull:>8}{_mu_text(found):>11}"
        lines.append(f"{_marked(name, found):<{width}}{numbers}  {found['verdict']}")
    lines += _unconfirmed_lines(result["components"])
    if result["constraints"]:
        lines += ["\nconstraints", _constraints_text(result["constraints"])]
    if result["predictions"]:
        lines.append("\npredictions")
    for name, found in result["predictions"].items():
        entries = found.items() if isinstance(found, dict) else [("", found)]
        lines += [line for key, value in entries for line in _prediction_lines(name, key, value)]
    for source, quantities in analysis.offered_quantities.items():
        lines.append(f"\nderived quantities of {source}")
        longest = max(len(q.name) for q in quantities)
        for q in quantities:
            unit = "" if q.unit == "1" else f" {q.unit}"
            lines.append(f"  {q.name:<{longest + 2}}{result['derived'][q.name]:.6g}{unit}")
    return "\n".join(lines)


def _prediction_lines(name: str, key: str, value: Any) -> list[str]:
    """A number, a row of numbers, or a table with one line per row."""
    label = f"  {name:<14}{key}"
    if not isinstance(value, list):
        return [f"{label}{': ' if key else ''}{value:.6g}"]
    rows = value if value and isinstance(value[0], list) else [value]
    texts = [" ".join(f"{x:.2f}" for x in row) for row in rows]
    if len(rows) == 1:
        return [f"{label}: {texts[0]}"]
    return [f"{label}: {len(rows)} x {len(rows[0])}", *(f"    {text}" for text in texts)]
