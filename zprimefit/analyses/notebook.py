"""What notebooks show of an analysis."""

from typing import Any

from zprimefit.markup import paragraph, points, table
from zprimefit.names import model_name
from zprimefit.units import format_quantity


def as_html(analysis: Any) -> str:
    """Components with their data and sources, free parameters with their domains, constraints."""
    fixed = len(analysis.parameters) - len(analysis.free)
    head = (
        f"{analysis.name}: {model_name(analysis.model)}, engine {analysis.engine}, {analysis.n_data} data points, "
        f"{len(analysis.free)} free parameters, {fixed} fixed"
    )
    components = [(c.name, str(c.n_data), ", ".join(c.cite)) for c in analysis.components]
    free = [
        (p.name, format_quantity(p.default, p.unit), " to ".join(format_quantity(b, p.unit) for b in p.bounds), p.scale)
        for p in analysis.free
    ]
    return (
        paragraph(head)
        + table("components", ["component", "data", "sources"], components)
        + table("free parameters", ["parameter", "default", "bounds", "scale"], free)
        + points([constraint.name for constraint in analysis.constraints])
    )
