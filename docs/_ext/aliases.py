"""References to a name where it is offered, e.g. `zprimefit.Analysis`: led to where it is defined."""

from importlib import import_module


def setup(app):
    """Asked where a reference finds nothing under its own name."""
    app.connect("missing-reference", defined)
    return {"parallel_read_safe": True}


def defined(_app, env, node, contents):
    """A reference to the definition of what this name stands for, or nothing."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    if node.get("refdomain") != "py" or not module.startswith("zprimefit"):
        return None
    try:
        thing = getattr(import_module(module), name)
        home = f"{thing.__module__}.{thing.__qualname__}"
    except (ImportError, AttributeError):
        return None
    entry = env.domains["py"].objects.get(home)
    if entry is None:
        return None
    from sphinx.util.nodes import make_refnode

    builder = _app.builder
    return make_refnode(builder, node["refdoc"], entry.docname, entry.node_id, contents, home)
