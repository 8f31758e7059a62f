"""One block of steps of one ensemble, and its form as an HDF5 file that can vouch for itself."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.posterior import BadPoint, Tally

Floats = NDArray[np.float64]

DATASETS = ("chain", "log_likelihood", "log_prior", "end_internal", "end_rows", "end_rng_key", "tally")
ATTRIBUTES = ("ensemble", "first_step", "rng_position", "rng_gauss", "parent")


@dataclass(frozen=True, eq=False)
class Walkers:
    """One ensemble at one step: all that the next step depends on.

    Parameters
    ----------
    internal : (walkers, n_free) internal coordinates.
    rows : (walkers, n_free + 3): what :class:`zprimefit.fitting.posterior.Posterior` returned there.
    rng_key, rng_position, rng_gauss : state of the Mersenne twister; rng_gauss is the normal number in hand, or None.
    """

    internal: Floats
    rows: Floats
    rng_key: NDArray[np.uint32]
    rng_position: int
    rng_gauss: float | None

    def digest(self) -> str:
        """SHA-256 of positions and random numbers."""
        parts = (self.internal.tobytes(), self.rng_key.tobytes(), repr((self.rng_position, self.rng_gauss)).encode())
        return hashlib.sha256(b"".join(parts)).hexdigest()


@dataclass(frozen=True, eq=False)
class Segment:
    """A block of steps of one ensemble.

    Parameters
    ----------
    ensemble, first_step : where it belongs.
    chain : (steps, walkers, n_free), in user's units.
    log_likelihood, log_prior : (steps, walkers).
    end : state after the last step.
    parent : digest of the state before the first step.
    tally : evaluations and bad points of the block.
    """

    ensemble: int
    first_step: int
    chain: Floats
    log_likelihood: Floats
    log_prior: Floats
    end: Walkers
    parent: str
    tally: Tally


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """Return what JSON can hold of a tally."""
    points = [{"values": p.values, "minus2lnl": repr(p.minus2lnl), "components": p.components} for p in tally.points]
    return {"evaluations": tally.evaluations, "bad": tally.bad, "points": points}


def tally_from_json(content: Mapping[str, Any]) -> Tally:
    """Return the tally that :func:`tally_to_json` wrote."""
    points = tuple(
        BadPoint(tuple(map(float, p["values"])), float(p["minus2lnl"]), tuple(map(str, p["components"])))
        for p in content["points"]
    )
    return Tally(int(content["evaluations"]), int(content["bad"]), points)


def encode(segment: Segment, common: Mapping[str, Any]) -> bytes:
    """Write a segment as the content of an HDF5 file.

    Parameters
    ----------
    segment : the block.
    common : attributes that all segments share; its lists ``parameters`` and ``units`` also go onto ``chain``.
    """
    import h5py  # noqa: PLC0415  (slow to import)

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in _datasets(segment).items():
            file.create_dataset(name, data=array)
        file.attrs.update(_attributes(segment))
        file.attrs.update(common)
        file["chain"].attrs.update({key: common[key] for key in ("parameters", "units")})
    content = buffer.getvalue()
    return content + _checksum(content)


def decode(content: bytes) -> Segment:
    """Read a segment back.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError, AttributeError, ArithmeticError, RuntimeError
        If the content is no HDF5 file, lacks something, or its checksum does not agree.
    """
    import h5py  # noqa: PLC0415

    with h5py.File(io.BytesIO(_checked(content)), "r") as file:
        data = {name: _array(file, name, len(content)) for name in DATASETS}
        attributes = {name: _attribute(file, name, len(content)) for name in ATTRIBUTES}
    _check_shapes(data)
    gauss = attributes["rng_gauss"]
    end = Walkers(
        data["end_internal"],
        data["end_rows"],
        data["end_rng_key"],
        attributes["rng_position"],
        None if gauss == "none" else float(gauss),
    )
    return Segment(
        attributes["ensemble"],
        attributes["first_step"],
        data["chain"],
        data["log_likelihood"],
        data["log_prior"],
        end,
        attributes["parent"],
        tally_from_json(json.loads(data["tally"].tobytes())),
    )


def _array(file: Any, name: str, size: int) -> NDArray[Any]:
    """Read a dataset as `encode` writes it: in the file itself, and no larger than the file."""
    import h5py  # noqa: PLC0415

    inside = isinstance(file.get(name, getlink=True), h5py.HardLink)
    found: Any = file[name] if inside else None
    plain = isinstance(found, h5py.Dataset) and found.dtype.kind in "fu" and not (found.is_virtual or found.external)
    if not plain or found.nbytes > size:
        msg = f"{name} is no plain array of numbers"
        raise ValueError(msg)
    return np.asarray(found[()])


def _attribute(file: Any, name: str, size: int) -> Any:
    """Read a number or a text of a fixed length, as `encode` writes them, no longer than the file.

    Where a file was tampered with, HDF5 may look for a text of variable length without end.
    """
    about = file.attrs.get_id(name)
    if about.dtype.kind not in "iS" or about.shape or about.dtype.itemsize > size:
        msg = f"{name} is no number and no text of a fixed length, as segments of earlier versions have"
        raise ValueError(msg)
    found = file.attrs[name]
    return found.decode() if isinstance(found, bytes) else int(found)


def _check_shapes(data: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays that do not belong to each other."""
    chain, end = data["chain"], data["end_internal"]
    if chain.ndim != 3 or 0 in chain.shape:
        msg = f"chain has the shape {chain.shape}, expected steps, walkers and parameters"
        raise ValueError(msg)
    shapes = {"log_likelihood": chain.shape[:2], "log_prior": chain.shape[:2], "end_internal": chain.shape[1:]}
    wrong = [name for name, shape in shapes.items() if data[name].shape != shape]
    if wrong or data["end_rows"].shape[:1] != end.shape[:1] or data["end_rng_key"].shape != (_RNG_KEY,):
        msg = f"the shapes of {', '.join(wrong) or 'end_rows or end_rng_key'} are not those that belong to the chain"
        raise ValueError(msg)


_RNG_KEY = 624
"""Words of the Mersenne twister."""


def _datasets(segment: Segment) -> dict[str, NDArray[Any]]:
    tally = json.dumps(tally_to_json(segment.tally)).encode()
    end = segment.end
    arrays = (segment.chain, segment.log_likelihood, segment.log_prior, end.internal, end.rows, end.rng_key)
    return dict(zip(DATASETS, (*arrays, np.frombuffer(tally, dtype=np.uint8)), strict=True))


def _attributes(segment: Segment) -> dict[str, Any]:
    end = segment.end
    gauss = "none" if end.rng_gauss is None else repr(end.rng_gauss)
    texts = (np.bytes_(text) for text in (gauss, segment.parent))
    values = (segment.ensemble, segment.first_step, end.rng_position, *texts)
    return dict(zip(ATTRIBUTES, values, strict=True))


def _checksum(content: bytes) -> bytes:
    return b"\nsha256:" + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _checked(content: bytes) -> bytes:
    """Return the content without its checksum, which must agree.

    The HDF5 library must not see a damaged file: on some it never returns. It ignores what follows its own end of
    file, so the checksum of everything stands there.
    """
    body, end = content[:-_CHECKSUM_LENGTH], content[-_CHECKSUM_LENGTH:]
    if end != _checksum(body):
        msg = "its checksum does not agree with its content"
        raise ValueError(msg)
    return body


_CHECKSUM_LENGTH = len(_checksum(b""))


def joined(ensembles: Sequence[Sequence[Segment]], steps: int) -> tuple[Floats, Floats, Floats]:
    """Join the segments of all ensembles, cut to the first `steps` steps.

    Returns
    -------
    chain (ensembles, steps, walkers, n_free), log_likelihood and log_prior (ensembles, steps, walkers).
    """

    def column(key: str) -> Floats:
        return np.stack([np.concatenate([getattr(s, key) for s in segments])[:steps] for segments in ensembles])

    return column("chain"), column("log_likelihood"), column("log_prior")
