"""What an analysis or a run rests on: publications and programs, as BibTeX and as a sentence of LaTeX."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

from zprimefit.analyses import Analysis
from zprimefit.datasets.bibliography import entry, references_of, unknown_reference
from zprimefit.scans.results import PARAMETER_GOODNESS, Results

SOFTWARE: Final = "zprimefit:software"
"""Key of this program, of which there is no publication."""

TOOLS: Final = {
    "Minuit": ("iminuit", "James:1975dr"),
    "emcee": ("ForemanMackey:2012ig",),
    "BlackJAX and the No-U-Turn sampler": ("cabezas2024blackjax", "hoffman2014no"),
    "dynesty": ("Speagle:2019ivv",),
    "JAX": ("jax2018github",),
    "NumPy": ("Harris:2020xlr",),
    "SciPy": ("Virtanen:2019joe",),
    "Matplotlib": ("Hunter:2007ouj",),
    "corner": ("corner",),
}
"""Programs whose code does the work, and what their authors ask to be cited."""


@dataclass(frozen=True)
class Use:
    """One thing that was used.

    Parameters
    ----------
    what : in words, e.g. the name of a component.
    cites : as models, components and tools give them.
    """

    what: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Citations:
    """What was used for what.

    Parameters
    ----------
    name : of the analysis.
    model, components, methods, tools : what was used, in that order in the sentence.
    """

    name: str
    model: Use
    components: tuple[Use, ...]
    methods: tuple[Use, ...]
    tools: tuple[Use, ...]

    @property
    def uses(self) -> tuple[Use, ...]:
        """All of it."""
        return (self.model, *self.components, *self.methods, *self.tools)

    @cached_property
    def entries(self) -> dict[str, str]:
        """Key -> entry of BibTeX, in the order of first use."""
        return {key: text for use in self.uses for cite in use.cites for key, text in _resolved(cite).items()}

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Keys of entries that are incomplete, or not in the shipped bibliography."""
        return tuple(key for key, text in self.entries.items() if text.startswith("%"))

    def bibtex(self) -> str:
        """All entries."""
        return "\n".join(self.entries.values())

    def sentence(self) -> str:
        r"""Return one sentence that says what is cited for what, with ``\cite{...}`` of exactly the entries."""
        data = _listed([_cited(use) for use in self.components])
        parts = [
            f"The model{_keys(self.model)} was confronted with {data}" if data else f"The model{_keys(self.model)}"
        ]
        if self.methods:
            parts.append("with " + _listed([_cited(use) for use in self.methods]))
        tools = _listed([_cited(use) for use in self.tools])
        return f"{', '.join(parts)}, using {tools}."

    def __str__(self) -> str:
        """The sentence as a comment of BibTeX, and the entries."""
        told = f"% {len(self.entries)} entries, {len(self.unconfirmed)} of them unconfirmed\n" if self.entries else ""
        return f"% What {self.name} used, for the text:\n% {self.sentence()}\n{told}\n{self.bibtex()}"


def citations(analysis: Analysis, results: Results | None = None) -> Citations:
    """Everything that an analysis uses, and what was done in its run folder.

    Components are cited by their own ``cite``: data, limits and formulas. Of the programs only those are named whose
    results are there: a fit, profile or scan for Minuit, a chain for its sampler, figures for Matplotlib.

    Parameters
    ----------
    results : of the run folder; None for an analysis of which nothing was computed yet.
    """
    components = tuple(Use(_words(c.name), tuple(c.cite)) for c in analysis.components if c.cite)
    model = Use("", tuple(getattr(analysis.model, "cite", ())))
    methods, tools = ((), ()) if results is None else (_methods(results), _tools(results))
    always = (
        Use(f"zprimefit {version('zprimefit')}", (SOFTWARE,)),
        *(Use(n, TOOLS[n]) for n in ("JAX", "NumPy", "SciPy")),
    )
    return Citations(analysis.name, model, components, methods, (*always, *tools))


def _methods(results: Results) -> tuple[Use, ...]:
    found = []
    if any(results.folder.path.glob(f"{PARAMETER_GOODNESS}*.json")):
        found.append(Use("the parameter goodness of fit", ("hep-ph/0304176",)))
    if any(results.folder.toys.glob("*-thresholds.json")):
        found.append(Use("thresholds by pseudo-experiments", ("physics/9711021",)))
    return tuple(found)


def _tools(results: Results) -> tuple[Use, ...]:
    folder, chain = results.folder, results.read_chain()
    names = []
    if folder.fit.is_file():
        names.append("Minuit")
    if chain is not None:
        names.append("emcee" if chain.transitions is None else "BlackJAX and the No-U-Turn sampler")
    if folder.evidence.is_file():
        names.append("dynesty")
    drawn = [path.stem for path in folder.figures.glob("*.p*") if path.suffix in {".png", ".pdf"}]
    if drawn:
        names.append("Matplotlib")
    if any(name.startswith("corner") for name in drawn):
        names.append("corner")
    return tuple(Use(name, TOOLS[name]) for name in names)


def _resolved(cite: str) -> dict[str, str]:
    if cite == SOFTWARE:
        title = "{zprimefit: global fits of light $Z'$ models to MiniBooNE, $g-2$ and the data that constrain them}"
        fields = {"author": "{The zprimefit developers}", "title": title, "note": f"version {version('zprimefit')}"}
        return {SOFTWARE: entry("misc", SOFTWARE, fields)}
    known = references_of(cite)
    if known:
        return {reference.texkey: reference.bibtex for reference in known}
    key, text = unknown_reference(cite)
    return {key: text}


def _keys(use: Use) -> str:
    keys = list(dict.fromkeys(key for cite in use.cites for key in _resolved(cite)))
    return rf"~\cite{{{','.join(keys)}}}" if keys else ""


def _cited(use: Use) -> str:
    return use.what + _keys(use)


def _words(name: str) -> str:
    """Name of a component as text of LaTeX."""
    return re.sub(r"([&%$#_{}])", r"\\\1", name)


def _listed(parts: Sequence[Any]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
