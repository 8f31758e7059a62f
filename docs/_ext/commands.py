"""One directive: the reference of the command line, read from the functions that it is made of."""

import enum
import inspect
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from sphinx.util.docutils import SphinxDirective
from typer.models import OptionInfo

from zprimefit.cli.main import app as program


class Commands(SphinxDirective):
    """A section for each command: what it does, its synopsis, arguments and options with their defaults."""

    def run(self):
        lines = [plain(program.info.help), "", plain(program.info.epilog), ""]
        for name, function in commands_of(program):
            lines += section(name, function)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def commands_of(app, path=()):
    """(words, function) of every command, those of groups included."""
    for found in app.registered_commands:
        yield " ".join((*path, found.name or found.callback.__name__.replace("_", "-"))), found.callback
    for group in app.registered_groups:
        yield from commands_of(group.typer_instance, (*path, group.name))


def section(name, function):
    """Text of one command."""
    rows, words, options = [], [], False
    hints = get_type_hints(function, include_extras=True)
    for parameter in inspect.signature(function).parameters.values():
        kind, info = split(hints[parameter.name])
        needed = parameter.default is inspect.Parameter.empty
        if isinstance(info, OptionInfo):
            options = True
            spelled = ", ".join(f"``{flag}``" for flag in flags_of(info, parameter.name))
            taken = "" if kind is bool else f" {named(kind)}"
        else:
            spelled, taken = f"``{parameter.name.upper()}``", ""
            words.append(parameter.name.upper() if needed else f"[{parameter.name.upper()}]")
        rows += [f"   * - {spelled}{taken}", f"     - {told(info.help, parameter.default, needed=needed)}"]
    about = paragraphs(inspect.getdoc(function))
    lines = [name, "-" * len(name), "", *about, "", "::", ""]
    lines += [" ".join(["    zprimefit", name, *words, *(["[OPTIONS]"] if options else [])]), ""]
    if rows:
        lines += [".. list-table::", "   :widths: 34 66", "   :class: options", "", *rows]
    return [*lines, ""]


def flags_of(info, name):
    """Spellings of an option; in annotations typer takes the first for its default."""
    given = [info.default, *(info.param_decls or ())]
    flags = [flag for flag in given if isinstance(flag, str) and flag.startswith("-")]
    return flags or [f"--{name.strip('_').replace('_', '-')}"]


def split(hint):
    """What a parameter takes, and typer's note on it."""
    kind, info = (hint.__origin__, hint.__metadata__[0]) if get_origin(hint) is Annotated else (hint, None)
    if get_origin(kind) in {Union, UnionType}:
        (kind,) = (option for option in get_args(kind) if option is not NoneType)
    return kind, info


def named(kind):
    """What is written after an option."""
    if get_origin(kind) is list:
        return named(*get_args(kind))
    if issubclass(kind, enum.Enum):
        return "*" + " | ".join(member.value for member in kind) + "*"
    return "*" + {"str": "text", "int": "number", "float": "number", "Path": "path"}[kind.__name__] + "*"


def told(meaning, default, *, needed):
    """Meaning, default, and whether it is needed."""
    text = plain(meaning or "")
    text = f"{text[:1].upper()}{text[1:]}."
    if needed:
        return f"{text} Required."
    value = getattr(default, "value", default)
    return text if value is None or value is False else f"{text} Default: ``{value}``."


def paragraphs(doc):
    """Lines of a docstring."""
    return [plain(line) for line in (doc or "").splitlines()]


def plain(text):
    """Text with no mark-up in it."""
    return "".join(f"\\{c}" if c in "\\`*_|<>'\"" else c for c in text or "")


def setup(app):
    """Register the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
