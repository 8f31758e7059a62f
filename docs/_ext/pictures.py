"""Figures of the gallery, which `docs/gallery/make.py` makes, and numbers that the papers print."""

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from zprimefit.datasets import read_table


class Picture(SphinxDirective):
    """A figure by its path where it was made, or a figure of the README, its caption, and the command that made it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"command": str}

    def made(self):
        """Where the file is kept."""
        source = Path(self.env.srcdir)
        path = source / "gallery" / self.arguments[0].replace("/", "-")
        if not path.is_file() and (source / self.arguments[0]).is_file():
            path = source / self.arguments[0]
        if not path.is_file():
            msg = f"no {path.name} in docs/gallery: docs/gallery/make.py makes it"
            raise self.error(msg)
        self.env.note_dependency(str(path))
        return path

    def run(self):
        caption = " ".join(self.content)
        uri = f"/{self.made().relative_to(self.env.srcdir).as_posix()}"
        image = nodes.image(uri=uri, alt=caption)
        figure = nodes.figure("", image, nodes.caption("", caption), classes=["picture"])
        command = self.options.get("command")
        return [figure, nodes.literal_block(command, command, language="text")] if command else [figure]


class PrintedNumbers(SphinxDirective):
    """A table of numbers that a paper prints, from the package's data, with what is said about each."""

    required_arguments = 1

    def run(self):
        rows = read_table(self.arguments[0]).frame.to_dict("records")
        untested = sum(row["testable"] != "yes" for row in rows)
        shown = [f"{len(rows)} numbers, {untested} of them not testable with what is published.", ""]
        shown += ["| where | claim | printed | computed from |", "|:--|:--|--:|:--|"]
        for row in rows:
            unit = "" if row["unit"] == "1" else f" {row['unit']}"
            cells = [row["location"], row["claim"], f"{row['printed']}{unit}", row["reason"]]
            shown.append("| " + " | ".join(map(plain, cells)) + " |")
        return self.parse_text_to_nodes("\n".join(shown))


def plain(text):
    """Text with no mark-up in it."""
    return "".join(f"\\{c}" if c in "\\`*_|<>~$[]{}^'\"" else c for c in " ".join(text.split()))


def setup(app):
    """Register the directives."""
    app.add_directive("picture", Picture)
    app.add_directive("printed-numbers", PrintedNumbers)
    return {"parallel_read_safe": True}
