"""Events as files: HepMC3 (Asciiv3), Parquet, CSV; whole files or none."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from zprimefit.constants import PARTICLE_NUMBERS
from zprimefit.files import UnwritableError, replacing
from zprimefit.fitting.extras import imported
from zprimefit.likelihoods.miniboone.event_record import Events

PICOBARN_CM2: Final = 1e-36
BEAM, FINAL, DECAYED = 4, 1, 2
"""Status of particles, as the HepMC3 standard has them."""
END: Final = b"HepMC::Asciiv3-END_EVENT_LISTING"


def check_target(path: Path, *, force: bool) -> None:
    """Refuse a file that cannot be written as asked, before any work.

    Raises
    ------
    ValueError
        For an unknown suffix, or a file that is there already, unless forced.
    UnwritableError
        Where its folder is not there.
    ModuleNotFoundError
        Without the library that its format needs.
    """
    if path.suffix not in WRITERS:
        msg = f"{path}: events are written as {', '.join(WRITERS)}; choose one of these suffixes"
        raise ValueError(msg)
    if path.is_dir() or (path.exists() and not force):
        msg = f"{path}: exists already; nothing was overwritten, choose another name with -o, or give --force"
        raise ValueError(msg)
    if not path.parent.is_dir():
        raise UnwritableError.of(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    for library in NEEDS.get(path.suffix, ()):
        imported(library, what=f"writing {path.suffix}", extra="events")


def write_events(events: Events, path: Path, *, force: bool = False) -> None:
    """Write events in the format that the suffix names, see :func:`check_target`.

    Raises
    ------
    UnwritableError
        If the disk refuses; an older file stays as it was.
    """
    check_target(path, force=force)
    with replacing(path) as temporary:
        WRITERS[path.suffix](events, temporary)


def _write_csv(events: Events, path: Path) -> None:
    """Table with a header of comments, each of which begins with ``# ``: read with ``pandas.read_csv(comment="#")``."""
    about = {"tool": f"zprimefit {version('zprimefit')}", **events.about}
    lines = [f"# {key}: {value if isinstance(value, str) else json.dumps(value)}\n" for key, value in about.items()]
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.writelines([*lines, "# momenta and energies in GeV\n"])
        events.to_frame().to_csv(handle, index=False)


def _write_parquet(events: Events, path: Path) -> None:
    """Table; pandas reads what all events share back as ``attrs``."""
    frame = events.to_frame()
    frame.attrs |= {"tool": f"zprimefit {version('zprimefit')}"}
    frame.to_parquet(path, index=False)


def _write_hepmc(events: Events, path: Path) -> None:
    """One vertex for scattering and one for every decay, all at the origin: what decays does so promptly."""
    pyhepmc: Any = imported("pyhepmc", what="writing .hepmc", extra="events")
    roles = list(_parents("daughter" in events.particles))
    parents = np.array(list(_parents("daughter" in events.particles).values()), dtype=np.int32)
    status = np.array([_status(role, "daughter" in events.particles) for role in roles], dtype=np.int32)
    momenta = np.stack([events.particles[role] for role in roles], axis=1)
    numbers = np.stack([events.numbers[role] for role in roles], axis=1).astype(np.int32)
    masses = events.masses
    made = np.stack([masses[role] for role in roles], axis=1)
    run, section = (
        _run_info(pyhepmc, events),
        [x / PICOBARN_CM2 for x in (events.cross_section, events.cross_section_error)],
    )
    with pyhepmc.io.WriterAscii(str(path), run) as writer:
        writer.precision = 17
        for i, weight in enumerate(events.weight):
            event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            energy, *vector = np.ascontiguousarray(momenta[i].T)
            event.from_hepevt(i, *vector, energy, made[i], numbers[i], status, parents=parents)
            event.run_info = run
            event.weights = [weight]
            event.cross_section = pyhepmc.GenCrossSection()
            event.cross_section.set_cross_section(*section, len(events), events.trials)
            event.attributes["channel"] = events.channels[events.channel[i]]
            event.attributes["source"] = events.sources[events.source[i]]
            writer.write(event)
    _check_whole(path)


def _check_whole(path: Path) -> None:
    """The library does not say when a disk is full."""
    with path.open("rb") as handle:
        handle.seek(-min(200, path.stat().st_size), 2)
        if END not in handle.read():
            raise OSError(errno.ENOSPC, "the file ends early", str(path))


def _parents(chain: bool) -> dict[str, tuple[int, int]]:
    """Roles in the order of the record, with first and last of their parents, counted from one; none is -1."""
    scattering, none = (1, 2), (-1, -1)
    found = {"neutrino": none, "target": none, "recoil": scattering, "heavy": scattering}
    if chain:
        found |= {"daughter": (4, 4), "mediator": (4, 4)}
    else:
        found["mediator"] = scattering
    mediator = (len(found), len(found))
    return {**found, "electron": mediator, "positron": mediator}


def _status(role: str, chain: bool) -> int:
    if role in {"neutrino", "target"}:
        return BEAM
    return DECAYED if role == "mediator" or (chain and role == "heavy") else FINAL


def _run_info(pyhepmc: Any, events: Events) -> Any:
    """What all events share: tool, point, and what they stand for, as JSON and one by one."""
    run = pyhepmc.GenRunInfo()
    run.tools = [("zprimefit", version("zprimefit"), f"{events.model}: e+e- pairs in MiniBooNE, mode {events.mode}")]
    run.weight_names = ["weight"]
    for key, value in events.about.items():
        run.attributes[key] = json.dumps(value) if isinstance(value, Mapping) else value
    run.attributes["particle_numbers"] = json.dumps(PARTICLE_NUMBERS)
    return run


WRITERS: Final[Mapping[str, Callable[[Events, Path], None]]] = {
    ".hepmc": _write_hepmc,
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}
"""Suffix -> what writes it."""
NEEDS: Final = {".hepmc": ("pyhepmc",), ".parquet": ("pyarrow",)}
"""Suffix -> libraries of the extra ``events``."""
