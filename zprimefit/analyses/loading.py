"""From YAML to an analysis, and back."""

import dataclasses
import importlib.util
from collections.abc import Callable, Mapping
from importlib.resources import files
from io import StringIO
from pathlib import Path
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML

from zprimefit.analyses.analysis import Analysis
from zprimefit.analyses.binding import offered_parameters
from zprimefit.analyses.catalogue import COMPONENTS, MODELS
from zprimefit.analyses.constraints import Constraint
from zprimefit.analyses.reading import read_file, read_yaml
from zprimefit.analyses.schema import AnalysisError, AnalysisSpec, ParameterSpec, PriorSpec, Quantity, read_spec
from zprimefit.analyses.traces import Traces
from zprimefit.analyses.vintages import dated
from zprimefit.likelihoods.compilation import keep_compiled
from zprimefit.names import check_label, shown, unknown_name
from zprimefit.parameters import Parameter
from zprimefit.priors import Distribution, Prior
from zprimefit.units import read_quantity

PLAIN = (str, int, float, bool)


def packaged() -> tuple[str, ...]:
    """Names of the analyses that come with the package."""
    folder = files(__package__) / "packaged"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def read_text(name_or_path: str | Path) -> tuple[str, Path | None]:
    """Text of an analysis file: a packaged name or a path. The folder of a file is returned beside it.

    Raises
    ------
    AnalysisError
        If it is neither.
    """
    if str(name_or_path) in packaged():
        return (files(__package__) / "packaged" / f"{name_or_path}.yaml").read_text(encoding="utf-8"), None
    path = Path(name_or_path)
    if is_there(path, Path.is_dir):
        path /= "analysis.yaml"
        if not is_there(path):
            msg = f"{name_or_path}: holds no analysis.yaml"
            raise AnalysisError(msg)
    if not is_there(path):
        if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
            msg = f"{name_or_path}: no such file; packaged analyses: {', '.join(packaged())}"
            raise AnalysisError(msg)
        raise AnalysisError(unknown_name("analysis", str(name_or_path), packaged()))
    return read_file(path), path.parent


def is_there(path: Path, kind: Callable[[Path], bool] = Path.is_file) -> bool:
    """Whether there is such a file; no, where the system takes the path for none (too long)."""
    try:
        return kind(path)
    except OSError:
        return False


def load(name_or_path: str | Path, **options: Any) -> Analysis:
    """Read an analysis.

    Parameters
    ----------
    name_or_path : a packaged name such as ``"z2hdm-miniboone"``, a YAML file, or a run folder.
    options : keys of the analysis file that replace what it says, mappings merged key by key, e.g.
        ``engine="direct"`` or ``components={"miniboone": {"statistic": "gaussian-logdet"}}``. ``data="current"`` is
        today's numbers, ``data="papers"`` what the model's paper quotes; see :mod:`zprimefit.analyses.vintages`.

    Raises
    ------
    AnalysisError
        If the file or an option is wrong.
    """
    return from_text(*read_text(name_or_path), where=str(name_or_path), **options)


def from_text(text: str, folder: Path | None = None, *, where: str, **options: Any) -> Analysis:
    """Read an analysis from the text of its file.

    Parameters
    ----------
    text : YAML.
    folder : that the user's own files are relative to.
    where : what messages begin with.
    options : as for :func:`load`.

    Raises
    ------
    AnalysisError
        If the text or an option is wrong.
    """
    raw = read_yaml(text, where)
    if isinstance(raw, Mapping):
        raw = _merged(raw, options)
    spec = read_spec(raw, where)
    try:
        return _build(dated(spec, asked="data" in options), folder, where)
    except AnalysisError as error:
        raise AnalysisError(str(error) if str(error).startswith(where) else f"{where}: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        msg = f"{where}: {error.args[0] if error.args else error}"
        raise AnalysisError(msg) from error
    # A model or component of the user's own can raise anything.
    except Exception as error:
        msg = f"{where}: cannot be built: {type(error).__name__}: {error}; ZPRIMEFIT_TRACEBACK=1 shows where"
        raise AnalysisError(msg) from error


def resolved_yaml(analysis: Analysis) -> str:
    """YAML text of an analysis that was loaded: every option and parameter as it is used.

    Raises
    ------
    AnalysisError
        If the analysis was made in Python and so has no file.
    """
    if analysis.source is None:
        msg = f"analysis {analysis.name!r} was not read from a file, so it cannot be written as one"
        raise AnalysisError(msg)
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = StringIO()
    yaml.dump(dict(analysis.source), stream)
    return stream.getvalue()


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = _merged(old, value) if both and old is not None else value
    return result


def _build(spec: AnalysisSpec, folder: Path | None, where: str) -> Analysis:
    check_label("the analysis", spec.name)
    keep_compiled()  # components compile for their constants
    model = _model(dict(spec.model), folder)
    components = tuple(_component(key, dict(options or {}), folder) for key, options in spec.components.items())
    own = {p.name: p for p in offered_parameters(model, components)}
    for name in spec.parameters:
        if name not in own:
            raise AnalysisError(unknown_name("parameter", name, list(own)))
    changed = tuple(_parameter(own[name], change) for name, change in spec.parameters.items())
    constraints = tuple(Constraint(c.require, _width(c.width)) for c in spec.constraints)
    analysis = Analysis(
        model, components, changed, spec.name, spec.engine, constraints=constraints, traces=_traces(spec)
    )
    idle = [n for n, change in spec.parameters.items() if change.free and n not in analysis.free_parameters]
    if idle:
        msg = f"{where}: parameters {idle} are free but no component depends on them; fix them, or add a component"
        raise AnalysisError(msg)
    return analysis.described_as(_resolved(spec, analysis, folder))


def _traces(spec: AnalysisSpec) -> Traces | None:
    """What is kept of the analysis from before; nothing of one with parts of the user's own."""
    own = any("use" in (options or {}) for options in (spec.model, *spec.components.values()))
    return None if own else Traces(repr(spec.model_dump(exclude={"name", "description"})))


def _width(given: Quantity | list[Quantity] | None) -> Any:
    return tuple(given) if isinstance(given, list) else given


def _resolved(spec: AnalysisSpec, analysis: Analysis, folder: Path | None) -> dict[str, Any]:
    """Every option and parameter as plain values, so that a run folder does not depend on later versions' defaults."""
    undated = {"data"} if spec.data is None else set()
    described = spec.model_dump(mode="json", exclude={"parameters", "constraints"} | undated)
    if "use" not in described["model"]:
        described["model"] |= _options_of(analysis.model, frozenset())
    for component, (key, options) in zip(analysis.components, described["components"].items(), strict=True):
        if "use" not in (options or {}):
            kind = (options or {}).get("kind", key)
            named = {} if kind == key else {"kind": kind}
            described["components"][key] = named | _options_of(component, frozenset(COMPONENTS[kind][1]))
    if folder is not None:
        for options in [described["model"], *described["components"].values()]:
            if options and "use" in options:
                file, _, thing = str(options["use"]).rpartition(":")
                options["use"] = f"{(folder / file).resolve()}:{thing}"
    described["parameters"] = {p.name: _described(p) for p in analysis.parameters}
    if analysis.constraints:
        described["constraints"] = [{"require": c.require, "width": _plain(c.width)} for c in analysis.constraints]
    return described


def _plain(width: Any) -> Any:
    """Widths as a file gives them: a number, or one for each comparison of a chain."""
    return width[0] if len(set(width)) == 1 else list(width)


def _options(factory: Any, given: frozenset[str]) -> list[str]:
    """Names of the options that a file can give: the fields with plain values that are not given already."""
    fields = [f for f in dataclasses.fields(factory) if f.init and f.name not in given]
    return [f.name for f in fields if f.type in PLAIN or get_origin(f.type) in {Literal, tuple, UnionType}]


def _options_of(thing: Any, given: frozenset[str]) -> dict[str, Any]:
    values = {name: getattr(thing, name) for name in _options(thing, given)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _described(p: Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"free": p.free, "default": p.default, "bounds": list(p.bounds), "scale": p.scale}
    if p.scale == "asinh":
        found["asinh_scale"] = p.asinh_scale
    if p.prior is not None:
        unused = {"normal": ("distribution",), "scipy": ("mean", "sigma")}
        dropped = unused.get(p.prior.kind, ("mean", "sigma", "distribution"))
        found["prior"] = {k: v for k, v in dataclasses.asdict(p.prior).items() if k not in dropped}
        if p.prior.distribution is not None:
            found["prior"]["distribution"]["args"] = list(p.prior.distribution.args)
    return found


def _model(options: dict[str, Any], folder: Path | None) -> Any:
    if "use" in options:
        return _made(options.pop("use"), options, folder)
    name = options.pop("name", None)
    if not isinstance(name, str) or name not in MODELS:
        raise AnalysisError(unknown_name("model", name, list(MODELS)))
    return _call(f"model {name}", MODELS[name], options, {})


def _component(key: str, options: dict[str, Any], folder: Path | None) -> Any:
    """Component of one entry: its key is its kind, unless it says so, and its name where its kind can have one."""
    if "use" in options:
        return _made(options.pop("use"), options, folder)
    kind = options.pop("kind", key)
    if not isinstance(kind, str) or kind not in COMPONENTS:
        known = unknown_name("component", kind, list(COMPONENTS))
        msg = f"{known}; a component of your own is named by use: path/to/mine.py:Thing"
        raise AnalysisError(msg)
    factory, given = COMPONENTS[kind]
    if kind != key and "name" in _options(factory, frozenset(given)):
        options.setdefault("name", key)
    return _call(f"component {key}", factory, options, given)


def _call(what: str, factory: Callable[..., Any], options: dict[str, Any], given: dict[str, Any]) -> Any:
    known = _options(factory, frozenset(given))
    for key in options:
        if key not in known:
            raise AnalysisError(unknown_name(f"option of {what}", key, known))
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    types = {field.name: field.type for field in dataclasses.fields(cast("Any", factory))}
    for key, value in plain.items():
        _check_type(f"option {key} of {what}", types[key], value)
    made = factory(**given, **plain)
    for key, value in plain.items():
        # The thing itself says it better, if it looks.
        names = get_args(types[key]) if get_origin(types[key]) is Literal else (value,)
        if value not in names:
            raise AnalysisError(unknown_name(f"{key} of {what}", value, names))
    return made


def _check_type(what: str, expected: Any, value: object) -> None:
    """Refuse a value of another type than the field's; which of a few names it may be, the thing itself knows best."""
    if get_origin(expected) is Literal and isinstance(value, str):
        return
    try:
        TypeAdapter(expected, config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python(value)
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        msg = f"{what}: {found[0].lower()}{found[1:]}, got {shown(value)}"
        raise AnalysisError(msg) from error


def _made(reference: object, options: dict[str, Any], folder: Path | None) -> Any:
    """Thing of ``path/to/mine.py:Thing``: as it is, or called with the options where it is a class or a function."""
    file, _, attribute = str(reference).rpartition(":")
    path = (folder or Path()) / file
    if not file or not is_there(path):
        expected = "path/to/mine.py:Thing, relative to the analysis file"
        msg = f"use: {shown(reference)} does not name a file; expected {expected}"
        raise AnalysisError(msg)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        msg = f"use: {path} is not a Python file"
        raise AnalysisError(msg)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        msg = f"use: {path} cannot be run: {type(error).__name__}: {' '.join(str(error).split())}"
        raise AnalysisError(msg) from error
    if not hasattr(module, attribute):
        raise AnalysisError(unknown_name(f"name in {path.name}", attribute, [n for n in vars(module) if n[0] != "_"]))
    thing = getattr(module, attribute)
    if not (isinstance(thing, type) or (options and callable(thing))):
        return thing
    try:
        return thing(**options)
    except (Exception, SystemExit) as error:
        msg = f"use: {reference} refuses its options: {type(error).__name__}: {' '.join(str(error).split())}"
        raise AnalysisError(msg) from error


def _parameter(own: Parameter, change: ParameterSpec) -> Parameter:
    def read(value: Quantity | None, fallback: float, part: str) -> float:
        return fallback if value is None else read_quantity(value, own.unit, what=f"parameters.{own.name}.{part}")

    bounds = own.bounds
    if change.bounds is not None:
        bounds = (read(change.bounds[0], 0.0, "bounds"), read(change.bounds[1], 0.0, "bounds"))
    return own.with_(
        default=read(change.default, own.default, "default"),
        bounds=bounds,
        scale=change.scale or own.scale,
        asinh_scale=read(change.asinh_scale, own.asinh_scale, "asinh_scale"),
        prior=own.prior if change.prior is None else _prior(change.prior, bounds, own, read),
        free=own.free if change.free is None else change.free,
    )


_PLACE = {"loc": 0.0, "scale": 1.0}


def _prior(
    spec: PriorSpec, bounds: tuple[float, float], own: Parameter, read: Callable[[Quantity | None, float, str], float]
) -> Prior:
    low, high = read(spec.low, bounds[0], "prior.low"), read(spec.high, bounds[1], "prior.high")
    if (spec.kind == "scipy") != (spec.distribution is not None):
        msg = f"parameters.{own.name}.prior: kind 'scipy' needs a distribution, and no other kind has one"
        raise AnalysisError(msg)
    if spec.kind != "normal":
        if spec.mean is not None or spec.sigma is not None:
            msg = f"parameters.{own.name}.prior: mean and sigma belong to kind 'normal', not to {spec.kind!r}"
            raise AnalysisError(msg)
        if spec.distribution is None:
            return Prior(spec.kind, low, high)
        loc, scale = (read(getattr(spec.distribution, k), d, f"prior.distribution.{k}") for k, d in _PLACE.items())
        distribution = Distribution(spec.distribution.name, spec.distribution.args, loc, scale)
        return Prior("scipy", low, high, distribution=distribution)
    if spec.mean is None or spec.sigma is None:
        msg = f"parameters.{own.name}.prior: kind 'normal' needs mean and sigma"
        raise AnalysisError(msg)
    return Prior("normal", low, high, read(spec.mean, 0.0, "prior.mean"), read(spec.sigma, 0.0, "prior.sigma"))
