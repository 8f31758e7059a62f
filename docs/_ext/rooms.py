"""One directive: the reference of all modules of a part of the package, from their docstrings."""

from importlib import import_module
from pkgutil import walk_packages

from sphinx.util.docutils import SphinxDirective


class Room(SphinxDirective):
    """`.. room:: zprimefit.fitting`: its modules in alphabetical order, each with what is public in it."""

    required_arguments = 1

    def run(self):
        package = import_module(self.arguments[0])
        names = [package.__name__]
        if hasattr(package, "__path__"):
            names += sorted(m.name for m in walk_packages(package.__path__, f"{package.__name__}."))
        lines = []
        for name in names:
            title = name.removeprefix("zprimefit.")
            lines += [title, "-" * len(title), "", f".. automodule:: {name}", ""]
            if name == package.__name__ and hasattr(package, "__path__"):
                lines[-1:] = ["   :no-members:", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app):
    """Register the directive."""
    app.add_directive("room", Room)
    return {"parallel_read_safe": True}
