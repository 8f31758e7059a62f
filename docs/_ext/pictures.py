"""Figures and tables of the gallery, which `docs/gallery/make.py` makes."""

import csv
from collections import Counter
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class _Made(SphinxDirective):
    """A file of the gallery, by its path where it was made; or one of the README's figures, by its name."""

    required_arguments = 1

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


class Picture(_Made):
    """A figure, its caption, and the command that made it."""

    has_content = True
    option_spec: ClassVar = {"command": str}

    def run(self):
        caption = " ".join(self.content)
        uri = f"/{self.made().relative_to(self.env.srcdir).as_posix()}"
        image = nodes.image(uri=uri, alt=caption)
        figure = nodes.figure("", image, nodes.caption("", caption), classes=["picture"])
        command = self.options.get("command")
        return [figure, nodes.literal_block(command, command, language="text")] if command else [figure]


class PrintedNumbers(_Made):
    """Numbers that a paper prints: what comes out, the verdict, and why."""

    def run(self):
        with self.made().open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        count = Counter(row["verdict"] for row in rows)
        shown = [f"{len(rows)} numbers: {', '.join(f'{n} {verdict}' for verdict, n in count.most_common())}.", ""]
        shown += ["| claim | printed | as printed | corrected | verdict |", "|:--|--:|--:|--:|:--|"]
        for row in rows:
            ours = [f"{float(row[key]):.4g}" if row[key] else "" for key in ("as_printed", "corrected")]
            unit = "" if row["unit"] == "1" else f" {row['unit']}"
            claim = f"{row['location']}: {row['claim']}. {row['reason']}"
            cells = [claim, f"{row['printed']}{unit}", *ours, row["verdict"]]
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
