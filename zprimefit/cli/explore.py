"""zprimefit explore: a page of this machine with sliders."""

import os
import sys
from typing import Annotated

import typer

from zprimefit.cli.progress import progress
from zprimefit.cli.vintage import DataOption, asked

PORT = 5006


def explore(
    analysis: Annotated[
        str, typer.Argument(help="analysis file, packaged name, or run folder; z2hdm-global takes minutes to load")
    ] = "z2hdm-miniboone",
    data: DataOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="port of 127.0.0.1; 0 for any that is free")] = PORT,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="open the page in a browser")] = True,
) -> None:
    """Move parameters by sliders in a browser: spectra, moments, limits and every term follow. Ctrl-C ends it."""
    from zprimefit.fitting.extras import imported

    imported("bokeh", what="explore", extra="explore")
    import webbrowser

    import zprimefit
    from zprimefit.report.explorer import Explorer
    from zprimefit.report.explorer_page import is_working
    from zprimefit.report.explorer_plane import plane_of
    from zprimefit.report.explorer_server import free_port, serve

    port = free_port(port)
    with progress(f"loading {analysis}") as report:
        explorer = Explorer(zprimefit.load(analysis, **asked(data)).prepare(report.line))
        report.line("compiling")
        explorer.look(explorer.start)

    def ready(url: str) -> None:
        typer.echo(f"{explorer.analysis.name} at {url} ; Ctrl-C ends it")
        if browser:
            webbrowser.open(url)

    serve(explorer, plane_of(explorer.analysis), port, ready)
    if is_working():
        # A thread in which XLA compiles cannot be stopped, and would take the interpreter's end for a crash.
        sys.stdout.flush()
        os._exit(0)
