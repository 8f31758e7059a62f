"""How the documentation is built; `.ci/docs` does it."""

import os
import sys
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
# The tutorial's figures are drawn without a display, its processes import nothing from this folder.
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

project = "zprimefit"
author = "The zprimefit developers"
copyright = "2026, the zprimefit developers"  # noqa: A001  (sphinx asks for this name)
version = release = installed("zprimefit")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "myst_nb",
    "sphinx_design",
    "numpy_entries",
    "data_tables",
    "commands",
    "rooms",
    "aliases",
    "pictures",
]
exclude_patterns = ["_build", "_ext", "examples", "**.ipynb_checkpoints"]
language = "en_GB"
nitpicky = True
# No index of other projects is fetched: only references into this package must resolve.
nitpick_ignore_regex = [("py:.*", r"(?!zprimefit\.).*")]
suppress_warnings = ["config.cache"]

# -- notebooks ------------------------------------------------------------------------------------------------------
nb_execution_mode = "cache"
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_number_source_lines = False
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "smartquotes"]
myst_heading_anchors = 3

# -- Python ---------------------------------------------------------------------------------------------------------
autodoc_default_options = {"members": True, "member-order": "bysource", "exclude-members": "__init__"}
autodoc_typehints = "none"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

# -- pages ----------------------------------------------------------------------------------------------------------
# MathJax as one file, from a package: the pages draw their formulas without a network.
_mathjax = Path(find_spec("mathjax").submodule_search_locations[0]) / "static" / "mathjax"
html_static_path = ["_static", str(_mathjax / "es5" / "tex-svg-full.js")]
mathjax_path = "tex-svg-full.js"
mathjax3_config = {
    "tex": {"macros": {"d": r"\mathrm{d}", "order": [r"\mathcal{O}(#1)", 1]}},
    "options": {"enableMenu": False},
    "svg": {"fontCache": "global"},
}
html_theme = "pydata_sphinx_theme"
html_title = "zprimefit"
html_css_files = ["custom.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
}
html_context = {"default_mode": "light"}
# Pages of one level have no navigation of their own.
html_sidebars = {page: [] for page in ("index", "tutorial", "statistics", "data", "commands", "gallery", "genindex")}
