"""zprimefit init, check, eval: analysis files and single points."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

AnalysisArgument = Annotated[str, typer.Argument(help="analysis file, packaged name, or run folder")]


def init(
    name: Annotated[str, typer.Argument(help="packaged analysis")] = "z2hdm-miniboone",
    output: Annotated[Path, typer.Option("--output", "-o", help="file to write")] = Path("analysis.yaml"),
) -> None:
    """Write a packaged analysis as a file to edit."""
    from zprimefit.analyses import packaged
    from zprimefit.analyses.loading import read_text
    from zprimefit.files import write_atomic
    from zprimefit.names import unknown_name

    if name not in packaged():
        raise ValueError(unknown_name("packaged analysis", name, packaged()))
    if output.exists():
        msg = f"{output}: exists already; nothing was overwritten, choose another name with -o"
        raise ValueError(msg)
    write_atomic(output, read_text(name)[0])
    typer.echo(f"wrote {output}; next: zprimefit check {output}")


def check(analysis: AnalysisArgument = "analysis.yaml") -> None:
    """Read an analysis and say what it holds: components, data, chi^2 at the benchmark, parameters."""
    import zprimefit
    from zprimefit.cli.progress import progress
    from zprimefit.units import format_quantity

    loaded = zprimefit.load(analysis)
    with progress("preparing") as report:
        loaded.prepare(report.line)
    typer.echo(f"{loaded.name}: {loaded.model.name}, engine {loaded.engine}, {loaded.n_data} data points")
    label, at = _reference_point(loaded)
    typer.echo(f"\n{'component':<14}{'N':>4}{f'-2 ln L at {label}':>22}  sources")
    for component in loaded.components:
        value = float(loaded.term(component.name)(at))
        typer.echo(f"{component.name:<14}{component.n_data:>4}{value:>22.4f}  {', '.join(component.cite)}")
        error = getattr(loaded.term(component.name), "error", None)
        if error is not None:
            typer.echo(f"{'':<18}spectra interpolated; largest relative error of a bin at held-out points {error:.1e}")
    typer.echo(f"\n{'parameter':<14}{'free':<6}{'default':>12}  {'bounds':<26}{'scale':<8}{'prior':<13}touches")
    for p in loaded.parameters:
        low, high = (format_quantity(b, p.unit) for b in p.bounds)
        touches = ", ".join(name for name, seen in loaded.touched_by.items() if p.name in seen) or "nothing"
        default = format_quantity(p.default, p.unit)
        prior = p.effective_prior.kind if p.free else ""
        typer.echo(
            f"{p.name:<14}{'free' if p.free else 'fixed':<6}{default:>12}  {f'{low} … {high}':<26}"
            f"{p.scale:<8}{prior:<13}{touches}"
        )


def _reference_point(analysis: Any) -> tuple[str, dict[str, float]]:
    """First benchmark of the model, or the defaults where it has none."""
    label = next(iter(analysis.benchmarks), "defaults")
    return label, _point(analysis, label)


def _point(analysis: Any, label: str) -> dict[str, float]:
    from zprimefit.names import unknown_name

    defaults = {p.name: p.default for p in analysis.parameters}
    if label == "defaults":
        return defaults
    if label not in analysis.benchmarks:
        raise ValueError(unknown_name("point", label, ["defaults", *analysis.benchmarks]))
    return {**defaults, **analysis.benchmarks[label]}


def evaluate(
    analysis: AnalysisArgument = "analysis.yaml",
    at: Annotated[str, typer.Option(help="where: 'defaults' or a benchmark of the model such as table1")] = "defaults",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, e.g. m_zprime='750 MeV'; may be repeated")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Evaluate one point by direct integration: -2 ln L by component, predictions, derived quantities."""
    import zprimefit

    loaded = zprimefit.load(analysis, engine="direct")
    point = _point(loaded, at)
    point |= dict(_setting(loaded, text) for text in set_ or [])
    _check_bounds(loaded, point)
    result = _evaluation(loaded, point)
    typer.echo(json.dumps(result, indent=2) if json_ else _evaluation_text(result))


def _setting(analysis: Any, text: str) -> tuple[str, float]:
    from zprimefit.units import read_quantity

    name, equals, value = text.partition("=")
    if not equals:
        msg = f"--set {text!r}: expected NAME=VALUE, e.g. --set m_zprime='750 MeV'"
        raise ValueError(msg)
    parameter = analysis.parameter(name.strip())
    return parameter.name, read_quantity(value, parameter.unit, what=parameter.name)


def _check_bounds(analysis: Any, point: dict[str, float]) -> None:
    from zprimefit.units import format_quantity

    for p in analysis.parameters:
        if not p.bounds[0] <= point[p.name] <= p.bounds[1]:
            low, high = (format_quantity(b, p.unit) for b in p.bounds)
            given = format_quantity(point[p.name], p.unit)
            msg = f"{p.name}: {given} lies outside its bounds [{low}, {high}]; change it, or the bounds in the file"
            raise ValueError(msg)


def _evaluation(analysis: Any, point: dict[str, float]) -> dict[str, Any]:
    components: dict[str, Any] = {}
    predictions: dict[str, Any] = {}
    for component in analysis.components:
        components[component.name] = {
            "minus2lnl": float(analysis.term(component.name)(point)),
            "n_data": component.n_data,
        }
        predict = getattr(component, "predict", None)
        if predict is None:
            continue
        found = predict(analysis.model, point)
        predictions[component.name] = (
            {k: v.tolist() for k, v in found.items()} if isinstance(found, dict) else float(found)
        )
        measured = getattr(component, "measured", None)
        if measured is not None:
            components[component.name]["pull"] = (float(found) - measured.value) / measured.sigma
    return {
        "analysis": analysis.name,
        "minus2lnl": sum(c["minus2lnl"] for c in components.values()),
        "n_data": analysis.n_data,
        "components": components,
        "parameters": point,
        "predictions": predictions,
        "derived": analysis.derived_at(point),
    }


def _evaluation_text(result: dict[str, Any]) -> str:
    lines = [f"{result['analysis']}: -2 ln L = {result['minus2lnl']:.4f} for {result['n_data']} data points", ""]
    lines.append(f"{'component':<16}{'-2 ln L':>12}{'N':>5}{'pull':>8}")
    for name, found in result["components"].items():
        pull = f"{found['pull']:>8.2f}" if "pull" in found else ""
        lines.append(f"{name:<16}{found['minus2lnl']:>12.4f}{found['n_data']:>5}{pull}")
    lines.append("\npredictions")
    for name, found in result["predictions"].items():
        if isinstance(found, dict):
            lines += [f"  {name:<14}{mode}: {' '.join(f'{x:.2f}' for x in counts)}" for mode, counts in found.items()]
        else:
            lines.append(f"  {name:<14}{found:.6g}")
    lines.append("\nderived quantities (unit at the end of the name)")
    lines += [f"  {name:<20}{value:.6g}" for name, value in result["derived"].items()]
    return "\n".join(lines)
