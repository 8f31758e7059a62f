"""Chains on disk: one header and append-only HDF5 segments, each written whole or not at all.

    chain.json                    parameters, seed, identity, starting positions
    segment_00000000_0.h5         steps from 0 of ensemble 0: chain (steps, walkers, parameters), log_likelihood, ...
    segment_00000100_0.h5 ...     the next block
    bad_points.csv                points where the likelihood was no number, if there were any

A segment also holds where its walkers and its random numbers stand at its end, a checksum of itself, and the digest of
the state that it began with. So a killed run continues with the very numbers it would have drawn, and a segment that
is damaged, or that does not continue the one before it, is reported and computed again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from zprimefit.files import UnwritableError, write_atomic
from zprimefit.fitting.encoding import read_fields
from zprimefit.fitting.identity import identity_difference, identity_hash
from zprimefit.fitting.posterior import Posterior, Tally
from zprimefit.fitting.segments import Floats, Segment, Walkers, decode, encode, tally_from_json, tally_to_json
from zprimefit.fitting.transitions import Transitions
from zprimefit.names import one_line

SCHEMA_VERSION = 1
HEADER = "chain.json"
BAD_POINTS = "bad_points.csv"


class ChainStoreError(ValueError):
    """A folder of chains cannot be used as asked."""


@dataclass(frozen=True, eq=False)
class Header:
    """What all segments share.

    Parameters
    ----------
    parameters, units, latex : of the free parameters.
    seed : of the whole run.
    identity : hashes of analysis and data, and the settings that the numbers depend on.
    starts : per ensemble the starting positions (walkers, n_free) in internal coordinates.
    tally : evaluations and bad points met while the starts were drawn.
    scales : of the free parameters: ``linear``, ``log`` or ``asinh``.
    benchmarks : points to mark in figures: label -> values by name.
    transitions : of a chain of Hamiltonian Monte Carlo.
    """

    parameters: tuple[str, ...]
    units: tuple[str, ...]
    latex: tuple[str, ...]
    seed: int
    identity: Mapping[str, Any]
    starts: tuple[Floats, ...]
    tally: Tally = field(default_factory=Tally)
    scales: tuple[str, ...] = ()
    benchmarks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    transitions: Transitions | None = None

    def _check(self) -> None:
        """Refuse a header whose parts do not belong to each other."""
        n_free = len(self.parameters)
        lengths = {len(self.units), len(self.latex), len(self.scales or self.parameters)}
        if lengths != {n_free} or self.seed < 0 or not self.starts:
            msg = "expected a unit, a symbol and a scale for each of the parameters, a seed >= 0, and starts"
            raise ValueError(msg)
        if any(start.ndim != 2 or start.shape[1] != n_free or not len(start) for start in self.starts):
            msg = f"expected starts of {n_free} parameters, got shapes {[s.shape for s in self.starts]}"
            raise ValueError(msg)

    @classmethod
    def of(
        cls,
        posterior: Posterior,
        starts: tuple[Floats, ...],
        seed: int,
        identity: Mapping[str, Any],
        tally: Tally,
        transitions: Transitions | None = None,
    ) -> Self:
        """Return the header of a chain of this posterior."""
        free = posterior.coordinates.parameters
        names, units, latex, scales = (tuple(getattr(p, k) for p in free) for k in ("name", "unit", "latex", "scale"))
        benchmarks = dict(getattr(posterior.analysis, "benchmarks", {}))
        return cls(names, units, latex, seed, identity, starts, tally, scales, benchmarks, transitions)

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of every segment."""
        return {
            "schema_version": SCHEMA_VERSION,
            "parameters": list(self.parameters),
            "units": list(self.units),
            "latex": list(self.latex),
            "seed": str(self.seed),
            "identity": identity_hash(self.identity),
        }

    def start(self, ensemble: int) -> Walkers:
        """Return the walkers of an ensemble before their first step; nothing is evaluated there yet (no rows)."""
        internal = self.starts[ensemble]
        generator = np.random.MT19937(np.random.SeedSequence(self.seed, spawn_key=(ensemble, 1)))
        state = generator.state["state"]
        return Walkers(internal, np.empty((len(internal), 0)), np.array(state["key"]), int(state["pos"]), None)

    def to_json(self) -> str:
        """Write it as text; numbers come back bit by bit."""
        content: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "parameters": self.parameters,
            "units": self.units,
            "latex": self.latex,
            "seed": self.seed,
            "identity": self.identity,
            "starts": [s.tolist() for s in self.starts],
            "tally": tally_to_json(self.tally),
            "scales": self.scales,
            "benchmarks": {label: dict(point) for label, point in self.benchmarks.items()},
        }
        if self.transitions is not None:
            content["transitions"] = self.transitions.to_json()
        return json.dumps(content, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str) -> "Header":
        """Read it back; `where` is the file's name, for messages."""
        try:
            content = json.loads(text)
            version = content["schema_version"]
            if newer := version > SCHEMA_VERSION:
                msg = f"{where}: written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}); update"
            else:
                plain = ("parameters", "units", "latex", "seed", "identity", "scales", "benchmarks")
                fields = read_fields(cls, content, plain)
                starts = tuple(np.array(s, dtype=np.float64) for s in content["starts"])
                found, n_free = content.get("transitions"), len(fields["parameters"])
                transitions = None if found is None else Transitions.from_json(found, n_free)
                header = cls(**fields, starts=starts, tally=tally_from_json(content["tally"]), transitions=transitions)
                header._check()
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
            msg = (
                f"{where}: is no readable chain header ({one_line(str(error))}); remove the folder to start a new chain"
            )
            raise ChainStoreError(msg) from error
        if newer:
            raise ChainStoreError(msg)
        return header


class ChainStore:
    """A folder of segments.

    Parameters
    ----------
    folder : the folder.
    header : what its segments share.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder = folder
        self.header = header
        self.damaged: list[str] = []

    @classmethod
    def create(cls, folder: Path, header: Header) -> "ChainStore":
        """Begin a folder: write the header."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / HEADER, header.to_json())
        except OSError as error:
            raise ChainStoreError(str(UnwritableError.of(folder / HEADER, error))) from error
        return cls(folder, header)

    @classmethod
    def open(cls, folder: Path) -> "ChainStore":
        """Open an existing folder.

        Raises
        ------
        ChainStoreError
            If there is no chain, or its header cannot be read.
        """
        path = folder / HEADER
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"chain folder {folder}: holds no readable {HEADER}; run sample first, or check the path"
            raise ChainStoreError(msg) from error
        return cls(folder, Header.from_json(text, where=str(path)))

    @staticmethod
    def holds_chain(folder: Path) -> bool:
        """Whether there is anything of a chain in the folder."""
        return (folder / HEADER).exists() or any(folder.glob("segment_*.h5"))

    def check_identity(self, identity: Mapping[str, Any]) -> None:
        """Refuse, with what differs, if the chain belongs to something else."""
        lines = identity_difference(self.header.identity, identity)
        if lines:
            msg = (
                f"chain folder {self.folder}: holds a chain of something else; choose another folder or go back to "
                f"what was sampled. What differs:\n  " + "\n  ".join(lines)
            )
            raise ChainStoreError(msg)

    def remove_leftovers(self) -> None:
        """Remove temporary files of a killed run."""
        for name in ("segment_*.h5", HEADER, BAD_POINTS):
            for path in self.folder.glob(f".{name}.*"):
                path.unlink(missing_ok=True)

    def _path(self, ensemble: int, first_step: int) -> Path:
        return self.folder / f"segment_{first_step:08d}_{ensemble}.h5"

    def first_steps(self, ensemble: int) -> list[int]:
        """First steps of the segments of an ensemble that are there, whole or not."""
        found = (p.stem.split("_")[1] for p in self.folder.glob(f"segment_*_{ensemble}.h5"))
        return sorted(int(step) for step in found if step.isdecimal())

    def read(self, ensemble: int, first_step: int, parent: str) -> Segment | None:
        """Read the segment that continues the state `parent`; None if there is none that can be used.

        What is wrong with one that is there is added to `damaged`.
        """
        path = self._path(ensemble, first_step)
        if not path.exists():
            return None
        try:
            segment = decode(path.read_bytes())
        except (OSError, KeyError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError) as error:
            self._reject(f"{path.name}: cannot be read ({error})")
            return None
        same_walkers = segment.chain.shape[1:] == self.header.starts[ensemble].shape
        if not same_walkers or (segment.ensemble, segment.first_step, segment.parent) != (ensemble, first_step, parent):
            self._reject(f"{path.name}: does not continue the segment before it")
            return None
        return segment

    def _reject(self, reason: str) -> None:
        if reason not in self.damaged:
            self.damaged.append(reason)

    def read_all(self, ensemble: int) -> list[Segment]:
        """Read the segments of an ensemble from its first step up to the first gap."""
        segments: list[Segment] = []
        step, parent = 0, self.header.start(ensemble).digest()
        while (segment := self.read(ensemble, step, parent)) is not None:
            segments.append(segment)
            step, parent = step + len(segment.chain), segment.end.digest()
        return segments

    def write(self, segment: Segment) -> None:
        """Write a segment atomically."""
        content = encode(segment, self.header.attributes())
        self._write(self._path(segment.ensemble, segment.first_step), content, segment.first_step)

    def write_bad_points(self, table: str, steps: int) -> Path:
        """Write the table of bad points met in the first `steps` steps."""
        return self._write(self.folder / BAD_POINTS, table, steps)

    def _write(self, path: Path, content: bytes | str, safe: int) -> Path:
        try:
            write_atomic(path, content)
        except OSError as error:
            msg = f"{UnwritableError.of(path, error)}: everything up to step {safe}, to be resumed"
            raise ChainStoreError(msg) from error
        return path
