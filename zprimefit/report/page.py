"""The report of a run: one HTML file that needs nothing else, neither a network nor a script."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from zprimefit.files import UnwritableError, write_atomic
from zprimefit.report import notes, origin, pictures, sections
from zprimefit.report.blocks import Page
from zprimefit.report.held import Held
from zprimefit.scans.runs import Run

NAME: Final = "report.html"
TEMPLATE: Final = "report.html.j2"


def report(run: Run, path: str | Path | None = None) -> Path:
    """Write the report of a run; return where it is.

    Parameters
    ----------
    run : the run folder; figures that it lacks are drawn into it.
    path : of the file; ``report.html`` in the run folder by default.

    Raises
    ------
    RunFolderError
        If a result in the folder is damaged.
    UnwritableError
        If the file cannot be written.
    """
    target = run.folder.path / NAME if path is None else Path(path)
    text = rendered(page_of(Held.by(run)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableError.of(target, error) from error
    write_atomic(target, text)
    return target


def page_of(held: Held) -> Page:
    """Page of what a run folder holds."""
    found = notes.notes(held)
    listed = [
        sections.analysis(held),
        sections.best_fit(held),
        notes.section(found, held),
        sections.goodness(held),
        sections.parameter_goodness(held),
        pictures.profiles(held),
        pictures.scans(held),
        pictures.posterior(held),
        pictures.evidence(held),
        pictures.spectra(held),
        pictures.toys(held),
        origin.provenance(held),
        origin.again(held),
    ]
    return Page(
        title=held.analysis.name,
        about=f"Report of the run folder {held.folder.path}",
        glance=sections.glance(held, len(found)),
        sections=[section for section in listed if section is not None],
    )


def rendered(page: Page) -> str:
    """HTML of a page; every text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("zprimefit", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(page=page)
