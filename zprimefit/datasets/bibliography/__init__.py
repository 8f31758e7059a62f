"""What models, components, tables and tools are cited by: a table of publications, beside those of numbers.

It is no table of the catalogue and no part of its checksum: a corrected title changes no likelihood, so run folders and
caches stay valid.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from zprimefit.datasets.table import DatasetError, provenance_of, table_of

STATUSES: Final = ("confirmed", "unconfirmed")


@dataclass(frozen=True, slots=True)
class Reference:
    """One publication or program; empty fields are not known, and `source` says where the others were read.

    Parameters
    ----------
    texkey : key of INSPIRE where it is known, else an identifier that is none.
    type : ``article`` or ``misc``.
    authors, title, pages : as BibTeX takes them.
    aliases : other forms in which it is cited, e.g. ``Phys. Lett. B 157 (1985) 458``.
    status : ``confirmed`` or ``unconfirmed``.
    """

    texkey: str
    type: str
    arxiv: str
    collaboration: str
    authors: str
    title: str
    journal: str
    volume: str
    pages: str
    year: str
    doi: str
    url: str
    aliases: tuple[str, ...]
    status: str
    source: str

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it can be cited by."""
        return tuple(filter(None, (self.texkey, self.arxiv, *self.aliases)))

    @property
    def short(self) -> str:
        """Who and when, for people, e.g. ``Argüelles et al. 2019``; empty where it is not known who."""
        surnames = [name.split(",")[0] for name in re.sub(r"[{}]", "", _accented(self.authors)).split(" and ")]
        who = f"{surnames[0]} et al." if len(surnames) > 2 or "others" in surnames else " and ".join(surnames)
        if self.authors.startswith("{"):
            who = re.sub(r" Collaboration.*", "", self.authors.strip("{}")).replace("$", "")
        who = self.collaboration or who
        return f"{who} {self.year}".strip() if who else ""

    @property
    def bibtex(self) -> str:
        """The entry, with a comment above it where it is not confirmed."""
        fields = {
            "author": self.authors,
            "collaboration": self.collaboration,
            "title": self.title,
            "eprint": self.arxiv,
            "archivePrefix": "arXiv" if self.arxiv else "",
            "journal": self.journal,
            "volume": self.volume,
            "pages": self.pages,
            "year": self.year,
            "doi": self.doi,
            "url": self.url,
        }
        comment = "" if self.status == "confirmed" else f"% unconfirmed: {self.source}\n"
        return comment + entry(self.type, self.texkey, fields)


ACCENTS: Final = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303"}
"""Accent of LaTeX -> the combining character."""


def _accented(text: str) -> str:
    """Text with accented letters in place of LaTeX's."""
    found = re.sub(r"\\([\"'`^~])\\?(\w)", lambda m: m[2] + ACCENTS[m[1]], text)
    return unicodedata.normalize("NFC", found)


def entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """Entry of BibTeX; empty fields are left out."""
    lines = "".join(f'    {name} = "{text}",\n' for name, text in fields.items() if text)
    return f"@{kind}{{{key},\n{lines}}}\n"


@cache
def bibliography() -> tuple[Reference, ...]:
    """All shipped references.

    Raises
    ------
    DatasetError
        If the table is damaged, a key stands twice, or a status is none.
    """
    name, folder = "bibliography", files(__package__)
    provenance = provenance_of(name, (folder / "references.toml").read_bytes())
    content = (folder / "references.csv").read_bytes()
    if hashlib.sha256(content).hexdigest() != provenance.sha256:
        msg = f"table {name}: its checksum is not that of its provenance; reinstall zprimefit"
        raise DatasetError(msg)
    rows = table_of(name, content, provenance).frame.to_dict("records")
    found = tuple(
        Reference(**{**row, "aliases": tuple(filter(None, map(str.strip, row["aliases"].split("|"))))})  # type: ignore[arg-type]
        for row in rows
    )
    keys = [reference.texkey for reference in found]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    wrong = [reference.texkey for reference in found if reference.status not in STATUSES]
    if twice or wrong:
        msg = f"table {name}: keys that stand twice {twice}, without a status {wrong}; reinstall zprimefit"
        raise DatasetError(msg)
    return found


@cache
def _by_name() -> dict[str, tuple[Reference, ...]]:
    found: dict[str, tuple[Reference, ...]] = {}
    for reference in bibliography():
        for name in reference.names:
            found[name] = (*found.get(name, ()), reference)
    return found


def references_of(cite: str) -> tuple[Reference, ...]:
    """What a `cite` stands for: a texkey, an arXiv identifier, or a form that the table knows; empty where it has none.

    Two papers where it names two, e.g. ``Phys. Lett. B 166 (1986) 479; B 203 (1988) 332``. A prefix ``arXiv:``, a
    version and the case of the prefix do not matter.
    """
    plain = re.sub(r"v\d+$", "", re.sub(r"^arxiv:\s*", "", cite.strip(), flags=re.IGNORECASE))
    return _by_name().get(cite.strip()) or _by_name().get(plain, ())


def unknown_reference(cite: str) -> Iterator[str]:
    """Key and entry of a `cite` that the table lacks: what the user wrote, and no more."""
    key = re.sub(r"[^\w:./+-]+", "-", cite.strip(), flags=re.ASCII).strip("-") or "unnamed"
    arxiv = re.fullmatch(r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(?:v\d+)?", cite.strip(), re.IGNORECASE)
    fields = {"eprint": arxiv[1], "archivePrefix": "arXiv"} if arxiv else {"note": _escaped(cite.strip())}
    yield key
    yield f"% {key}: not in the bibliography of zprimefit, as the component cites it; complete it\n" + entry(
        "misc", key, fields
    )


def _escaped(text: str) -> str:
    """Text without what ends a field of BibTeX or starts an entry, and safe for LaTeX."""
    return re.sub(r"([&%$#_])", r"\\\1", re.sub(r"[\"{}@\\]", "", " ".join(text.split())))
