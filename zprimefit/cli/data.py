"""zprimefit data: the published tables that are shipped."""

from typing import Annotated

import typer

app = typer.Typer(
    help="The published tables that are shipped, with their provenance.",
    epilog="Example: zprimefit data show miniboone-2020",
    no_args_is_help=True,
)


@app.command("list", epilog="Example: zprimefit data list")
def list_() -> None:
    """List all tables: name, publication, status, title."""
    from zprimefit.datasets import list_tables, read_provenance

    names = list_tables()
    width = max(map(len, names)) + 2
    for name in names:
        p = read_provenance(name)
        typer.echo(f"{name:<{width}}{', '.join(p.publication)[:34]:<36}{p.status:<14}{p.title}")


@app.command(epilog="Example: zprimefit data show miniboone-2020")
def show(name: Annotated[str, typer.Argument(help="publication, or publication/table")]) -> None:
    """Show the provenance of a table, its columns with units, and its first rows; all tables of a publication."""
    from zprimefit.datasets import list_tables, read_table
    from zprimefit.names import unknown_name

    chosen = [t for t in list_tables() if name in {t, t.split("/")[0]}]
    if not chosen:
        known = sorted({t.split("/")[0] for t in list_tables()})
        raise ValueError(unknown_name("table", name, [*known, *list_tables()]))
    for table in map(read_table, chosen):
        p = table.provenance
        typer.echo(f"{table.name}: {p.title}")
        for key in ("quantity", "location", "obtained", "status", "cl", "note", "sha256"):
            if getattr(p, key):
                typer.echo(f"  {key:<12}{getattr(p, key)}")
        typer.echo(f"  publication {', '.join(p.publication)}")
        shown = list(p.columns.items())
        for column, about in shown[:24]:
            typer.echo(f"    {column:<32}{about.unit:<18}{about.meaning}")
        if len(shown) > 24:
            typer.echo(f"    … {len(shown) - 24} more columns")
        typer.echo(table.frame.iloc[:12, :8].to_string(index=False))
        typer.echo(f"  {len(table.frame)} rows\n")
