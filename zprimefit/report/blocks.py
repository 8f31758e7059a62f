"""What a report is made of: sections of paragraphs, tables, pictures; no HTML, which the template writes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from zprimefit.datasets.bibliography import references_of

ARXIV: Final = re.compile(r"(?:arXiv:)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
INSPIRE: Final = re.compile(r"[A-Za-z'-]+:\d{4}[a-z]{2,3}")


@dataclass(frozen=True)
class Citation:
    """A publication, with the address of its record where its identifier is one of arXiv's or INSPIRE's."""

    text: str

    @property
    def address(self) -> str | None:
        """Address for people; None for a reference in words.

        >>> Citation("2006.01948").address, Citation("Z. Phys. C 65 (1994) 603").address
        ('https://arxiv.org/abs/2006.01948', None)
        """
        found = ARXIV.fullmatch(self.text)
        if found:
            return f"https://arxiv.org/abs/{found[1]}"
        if INSPIRE.fullmatch(self.text):
            return f"https://inspirehep.net/literature?q=texkey:{self.text}"
        return None

    @property
    def label(self) -> str:
        """The publication for people: who and when, with its identifier.

        >>> Citation("2006.01948").label, Citation("Bergsma:1985qz").label, Citation("my thesis").label
        ('Abdallah et al. 2020, 2006.01948', 'CHARM 1985', 'my thesis')
        """
        who = "; ".join(filter(None, (reference.short for reference in references_of(self.text))))
        known = INSPIRE.fullmatch(self.text) and who
        return who if known else ", ".join(filter(None, (who, self.text)))


Cell = str | tuple[Citation, ...]


def citations(given: Sequence[str]) -> tuple[Citation, ...]:
    """Publications of a component or model."""
    return tuple(map(Citation, given))


@dataclass(frozen=True)
class Column:
    """Head of a column; numbers are set to the right."""

    title: str
    numbers: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more."""

    kind: ClassVar = "paragraph"
    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar = "points"
    items: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    kind: ClassVar = "facts"
    pairs: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row names it."""

    kind: ClassVar = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Picture:
    """A figure.

    Parameters
    ----------
    source : a ``data:`` address of its PNG.
    alternative : what is seen on it, in words.
    caption : what it is, and where its numbers are.
    size : width and height in pixels of a page.
    """

    kind: ClassVar = "picture"
    source: str
    alternative: str
    caption: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Missing:
    """What the run folder does not hold, and the command that makes it."""

    kind: ClassVar = "missing"
    what: str
    command: str


@dataclass(frozen=True)
class Listing:
    """Text as it stands in a file, or commands, one a line."""

    kind: ClassVar = "listing"
    label: str
    text: str


@dataclass(frozen=True)
class Folded:
    """Something that is shown on demand."""

    kind: ClassVar = "folded"
    title: str
    blocks: "Sequence[Block]"


@dataclass(frozen=True)
class Part:
    """Part of a section, with a title of its own."""

    kind: ClassVar = "part"
    title: str
    blocks: "Sequence[Block]"


Block = Paragraph | Points | Facts | Table | Picture | Missing | Listing | Folded | Part


@dataclass(frozen=True)
class Section:
    """A section of the page: its anchor, title and what is in it."""

    anchor: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A page: its head, the facts that come first, and the sections."""

    title: str
    about: str
    glance: Facts
    sections: Sequence[Section] = field(default=())
