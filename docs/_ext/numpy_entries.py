"""Entries `name : what it is` of the package's docstrings, which give a meaning where numpydoc has a type."""

import re

SECTIONS = {"Parameters", "Returns", "Yields", "Other Parameters"}
ENTRY = re.compile(r"([\w*][\w*, ]*?) : (.*)")
PLAIN = re.compile(r"(``.*?``|`[^`]*`|:\w[\w:]*:`[^`]*`)", re.DOTALL)


def setup(app):
    """Before napoleon, which would take the meaning for a type, and after it."""
    app.connect("autodoc-process-docstring", readable, priority=400)
    app.connect("autodoc-process-docstring", whole, priority=600)
    return {"parallel_read_safe": True}


def readable(_app, _what, _name, _obj, _options, lines):
    """Entries with their meaning below the name, and marks of formulas that are no marks of the page's."""
    lines[:] = escaped(spaced(entries(lines)))


def whole(_app, what, _name, _obj, _options, lines):
    """First line of a property or a constant: napoleon takes what stands before a colon there for a type."""
    if what not in {"attribute", "data", "property"}:
        return
    types = [i for i, line in enumerate(lines) if line.startswith(":type: ")]
    first = next((i for i, line in enumerate(lines) if line), None)
    if types and first is not None and first < types[-1]:
        lines[first] = f"{lines[types[-1]].removeprefix(':type: ')}: {lines[first]}"
        del lines[types[-1]]


def entries(lines):
    """`name : meaning` -> `name` and the meaning below it, in sections of parameters."""
    inside = False
    for i, line in enumerate(lines):
        under = lines[i + 1] if i + 1 < len(lines) else ""
        if line and under and set(under) == {"-"}:
            inside = line.strip() in SECTIONS
        found = ENTRY.fullmatch(line) if inside else None
        if found:
            yield found[1]
            yield f"    {found[2]}"
        else:
            yield line


def spaced(lines):
    """Blank lines around formulas that are indented below a sentence: a block of its own."""
    lines, out = list(lines), []
    section = any(set(line) == {"-"} for line in lines if line)
    first = next((i for i, line in enumerate(lines) if line and set(line) == {"-"}), len(lines))
    literal = False
    for i, line in enumerate(lines):
        before = out[-1] if out else ""
        if i < first - 1 or not section:
            deep, shallow = line.startswith("    "), bool(line) and not line.startswith(" ")
            if deep and not literal and not before.strip():
                out += ["::", ""]
                literal = True
            elif shallow and literal:
                literal = False
                if before.strip():
                    out.append("")
        out.append(line)
    return out


def escaped(lines):
    """Bars, stars and trailing underscores of formulas outside of literals, as themselves."""
    out, literal = [], False
    for line in lines:
        if line and not line.startswith(" "):
            literal = False
        if line.strip() == "::" or line.endswith("::"):
            literal = True
        fixed = line.lstrip().startswith((">>>", "...", ".. ", ":")) or (literal and line.startswith(" "))
        out.append(line if fixed else "".join(_escaped(part) for part in PLAIN.split(line)))
    return out


def _escaped(part):
    if PLAIN.fullmatch(part):
        return part
    part = part.replace("|", r"\|")
    part = re.sub(r"(?<=\w)_(?!\w)", r"\\_", part)
    # A pair of stars around a word is emphasis; any other star is itself.
    return re.sub(r"(?<!\*)\*(?!\*)", r"\\*", part) if part.count("*") % 2 or "* " in part else part
