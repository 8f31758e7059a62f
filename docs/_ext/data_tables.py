"""One directive: all published tables with their provenance, read from the package."""

from itertools import groupby

from sphinx.util.docutils import SphinxDirective

from zprimefit.datasets import list_tables, read_table


class DataTables(SphinxDirective):
    """A section for each publication, a table for each of its files; checksums are verified on the way."""

    def run(self):
        tables = [read_table(name) for name in list_tables()]
        lines = [*overview(tables), ""]
        for folder, members in groupby(tables, key=lambda table: table.name.split("/")[0]):
            lines += [folder, "-" * len(folder), ""]
            for table in members:
                lines += section(table)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def overview(tables):
    """How many there are, and of which status."""
    count = {}
    for table in tables:
        count[table.provenance.status] = count.get(table.provenance.status, 0) + 1
    rows = sum(len(table.frame) for table in tables)
    told = ", ".join(f"{n} {status}" for status, n in sorted(count.items(), key=lambda item: -item[1]))
    return [f"{len(tables)} tables with {rows} rows. Status: {told}."]


def section(table):
    """One table: a title, a field list, and its columns."""
    p, title = table.provenance, table.name.split("/")[1]
    fields = {
        "Quantity": text(p.quantity),
        "Publication": text(", ".join(p.publication)),
        "Place there": text(p.location),
        "Obtained": text(p.obtained),
        "Confidence level": text(p.cl),
        "Status": text(p.status),
        "Rows": str(len(table.frame)),
        "Note": text(p.note),
        "SHA-256": f"``{p.sha256}``",
    }
    lines = [title, "^" * len(title), "", f"{text(p.title)}.", ""]
    lines += [f":{key}: {value}" for key, value in fields.items() if value]
    lines += ["", ".. list-table::", "   :header-rows: 1", "   :widths: 25 15 60", "   :class: columns", ""]
    lines += ["   * - Column", "     - Unit", "     - Meaning"]
    columns = list(p.columns.items())
    for name, column in columns[:30]:
        lines += [f"   * - ``{name}``", f"     - {text(column.unit)}", f"     - {text(column.meaning)}"]
    if len(columns) > 30:
        lines += ["   * - …", "     -", f"     - {len(columns) - 30} more columns"]
    return [*lines, ""]


def text(plain):
    """Plain text, with no mark-up in it."""
    return "".join(f"\\{c}" if c in "\\`*_|<>:'\"" else c for c in " ".join(plain.split()))


def setup(app):
    """Register the directive."""
    app.add_directive("data-tables", DataTables)
    return {"parallel_read_safe": True}
