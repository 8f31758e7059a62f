"""Sections of a report that say where its numbers come from and which commands make them again."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from zprimefit.datasets import list_tables, read_provenance
from zprimefit.fitting.identity import identity_hash
from zprimefit.report.blocks import Block, Column, Facts, Folded, Listing, Paragraph, Section, Table, citations
from zprimefit.report.held import Held
from zprimefit.scans.run_folder import PROVENANCE

BEGUN: Final = re.compile(r"\S+ (?P<title>.+?): begins(?:: (?P<command>.+))?")
"""Line of a log that says when a step began, and by which command."""


def provenance(held: Held) -> Section:
    """Versions, hashes, seeds, checksums of data and results, the log and the analysis."""
    identity, about = held.folder.identity, held.folder.provenance
    versions = about.get("versions", {})
    facts = Facts([
        ("Run", held.folder.name),
        ("Made", _created(held)),
        ("By", " ".join(map(str, about.get("command", []))) or "unknown"),
        ("Versions", ", ".join(f"{name} {v}" for name, v in {"python": about.get("python"), **versions}.items())),
        ("Seeds", "; ".join(_seeds(held)) or "none used yet"),
        ("Analysis and data, SHA-256", identity_hash(identity)),
        ("All shipped data, SHA-256", str(identity.get("data", "unknown"))),
        *((f"Own file {path}, SHA-256", str(digest)) for path, digest in _mapping(identity.get("own_files")).items()),
    ])  # fmt: skip
    columns = [Column("File"), Column("SHA-256")]
    blocks: list[Block] = [facts, Folded("Published tables of the cited publications", [_tables(held)])]
    results = Table("Files of the run folder that this page was made from", columns, list(_files(held)))
    blocks.append(Folded("Files of the run folder", [results]))
    blocks.append(Folded("The analysis, every default written out", [_text(held, "analysis.yaml")]))
    if held.folder.run_log.is_file():
        blocks.append(Folded("The log of the run", [_text(held, "run.log")]))
    return Section("provenance", "Where the numbers come from", blocks)


def _created(held: Held) -> str:
    return str(json.loads((held.folder.path / PROVENANCE).read_text(encoding="utf-8")).get("created", "unknown"))


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _seeds(held: Held) -> Iterator[str]:
    if held.fit is not None:
        yield f"fit {held.fit.seed}"
    if held.chain is not None:
        yield f"chain {held.chain.seed}"
    if held.evidence is not None:
        yield f"evidence {held.evidence.seed}"
    yield from (f"toys of {name} {found.seed}" for name, found in held.toys.items())
    yield from (f"thresholds of {name} {found.toys[0].seed}" for name, found in held.calibrations.items())


def _tables(held: Held) -> Table:
    cited = {c for thing in (held.analysis.model, *held.analysis.components) for c in getattr(thing, "cite", ())}
    columns = [Column("Table"), Column("What it is"), Column("Publication"), Column("Place"), Column("SHA-256")]
    rows = []
    for name in list_tables():
        about = read_provenance(name)
        if cited & set(about.publication):
            rows.append((name, about.title, citations(about.publication), about.location, about.sha256))
    return Table("Published tables, with what they hold and the checksum that was verified", columns, rows)


def _files(held: Held) -> Iterator[tuple[str, str]]:
    """Results, with checksums; a chain's segments carry their own."""
    folder = held.folder
    places = (folder.path, folder.profiles, folder.scans, folder.toys, folder.chain)
    for path in sorted(path for place in places for path in place.glob("*.json")):
        yield path.relative_to(folder.path).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _text(held: Held, name: str) -> Listing:
    return Listing(name, (held.folder.path / name).read_text(encoding="utf-8", errors="replace"))


def again(held: Held) -> Section:
    """Commands that make the run, and this page, again."""
    begun = [match for line in _log(held) if (match := BEGUN.fullmatch(line))]
    commands = list(dict.fromkeys(match["command"] for match in begun if match["command"]))
    untold = list(dict.fromkeys(match["title"] for match in begun if not match["command"]))
    blocks: list[Block] = [Listing("Commands, in their order", "\n".join([*commands, held.command("report")]))]
    if untold:
        blocks.append(Paragraph(f"Done from Python, or by a version that kept no commands: {', '.join(untold)}."))
    if held.folder.given.is_file():
        said = "The analysis file as it was given is analysis.given.yaml in the run folder"
        blocks.append(Paragraph(f"{said}; analysis.yaml has every default written out."))
    blocks.append(
        Paragraph(
            "A run folder takes one fit: choose a new folder to fit again. The same seeds give the same numbers with "
            "the same versions, on one machine to the last bit."
        )
    )
    return Section("again", "How to make it again", blocks)


def _log(held: Held) -> list[str]:
    if not held.folder.run_log.is_file():
        return []
    return held.folder.run_log.read_text(encoding="utf-8", errors="replace").splitlines()
