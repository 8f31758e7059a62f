"""COHERENT at the Spallation Neutron Source: counts, backgrounds and response of caesium iodide and argon."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.inputs import PublishedInput, published_inputs
from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]


def _columns(name: str) -> dict[str, Array]:
    frame = read_table(name).frame
    return {str(key): frame[key].to_numpy(dtype=np.float64) for key in frame}


def _edges(low: Array, high: Array) -> Array:
    return np.append(np.unique(low), high.max())


@dataclass(frozen=True, eq=False)
class CsI2017:
    """First observation: counts (n_pe, n_t) with the beam on, and shapes of prompt neutrons and arrival times."""

    pe_edges: Array
    t_edges: Array
    """[us]"""
    coincidence: Array
    anticoincidence: Array
    """In an equally long window before the beam."""
    neutron_pe: Array
    """Centres of the bins of `neutron_density`, in photoelectrons."""
    neutron_density: Array
    """Light of beam neutrons before acceptance, not normalised."""
    arrival: Mapping[str, Array]
    """``prompt_neutrinos``, ``delayed_neutrinos``, ``prompt_neutrons`` -> share per bin of time (n_t,)."""


@cache
def csi_2017() -> CsI2017:
    """Data of 1708.01294, release 1804.09459."""
    counts, neutrons = _columns("coherent-csi-2017/counts"), _columns("coherent-csi-2017/neutrons")
    arrival = _columns("coherent-csi-2017/arrival_times")
    pe, t = (_edges(counts[f"{axis}_low"], counts[f"{axis}_high"]) for axis in ("pe", "t"))
    shape = (len(pe) - 1, len(t) - 1)
    return CsI2017(
        pe,
        t,
        counts["coincidence"].reshape(shape),
        counts["anticoincidence"].reshape(shape),
        (neutrons["pe_low"] + neutrons["pe_high"]) / 2,
        neutrons["density"],
        {name: arrival[name] for name in ("prompt_neutrinos", "delayed_neutrinos", "prompt_neutrons")},
    )


@dataclass(frozen=True, eq=False)
class CsI2021:
    """All data of the detector: events below 60 photoelectrons and 6 us, and neutrons from simulation."""

    events: Mapping[str, tuple[Array, Array]]
    """``coincidence``, ``anticoincidence`` -> light in photoelectrons and time [us] of every event."""
    neutron_pe_edges: Array
    neutron_light: Mapping[str, Array]
    """``beam``, ``induced`` -> share of events per bin of light, efficiency included."""
    neutron_t_edges: Array
    """[us]"""
    neutron_times: Mapping[str, Array]
    """``beam``, ``induced`` -> events per bin of time, before the time efficiency."""


@cache
def csi_2021() -> CsI2021:
    """Data release of 2110.07730."""
    events = read_table("coherent-csi-2021/events").frame
    light, times = _columns("coherent-csi-2021/neutrons_light"), _columns("coherent-csi-2021/neutrons_time")
    kinds = ("beam", "induced")
    return CsI2021(
        {
            str(window): (rows["pe"].to_numpy(dtype=np.float64), rows["t"].to_numpy(dtype=np.float64))
            for window, rows in events.groupby("window")
        },
        _edges(light["pe_low"], light["pe_high"]),
        {kind: light[kind] for kind in kinds},
        _edges(times["t_low"], times["t_high"]),
        {kind: times[kind] for kind in kinds},
    )


@cache
def csi_response() -> dict[str, Array]:
    """Quenching (``quenching``, (3, 4): central values, then two shifts) and efficiency (``efficiency``, (4,)).

    E_ee = Sum_k c_k T^k in GeV, k = 1...4; efficiency a/(1 + exp(-k (x - x0))) + d of x photoelectrons.
    """
    frame = read_table("coherent-csi-2021/response").frame.set_index("coefficient")
    quenching = frame.loc[[f"quenching_{k}" for k in range(1, 5)], ["value", "shift_1", "shift_2"]]
    efficiency = frame.loc[[f"efficiency_{name}" for name in ("a", "k", "x0", "d")], "value"]
    return {
        "quenching": quenching.to_numpy(dtype=np.float64).T,
        "efficiency": efficiency.to_numpy(dtype=np.float64),
    }


@dataclass(frozen=True, eq=False)
class LAr2020:
    """Argon, Analysis A: counts and expected counts, all (n_e, n_f90, n_t)."""

    e_edges: Array
    """[GeV electron equivalent]"""
    f90_edges: Array
    t_edges: Array
    """[us]"""
    counts: Mapping[str, Array]
    """``data``, the expected ``cevns``, ``neutrons``, ``late_neutrons``, ``steady``, and their variants."""
    efficiency_energy: Array
    """[GeV electron equivalent]"""
    efficiency: Array


@cache
def lar_2020() -> LAr2020:
    """Data of 2003.10630, release 2006.12659."""
    table, efficiency = _columns("coherent-lar-2020/counts"), _columns("coherent-lar-2020/efficiency")
    edges = {axis: _edges(table.pop(f"{axis}_low"), table.pop(f"{axis}_high")) for axis in ("e", "f90", "t")}
    shape = tuple(len(e) - 1 for e in edges.values())
    return LAr2020(
        edges["e"],
        edges["f90"],
        edges["t"],
        {name: column.reshape(shape) for name, column in table.items()},
        efficiency["e_ee"],
        efficiency["efficiency"],
    )


def coherent_inputs(name: str) -> dict[str, PublishedInput]:
    """Single numbers of ``csi-2017``, ``csi-2021`` or ``lar-2020``: exposure, errors, response, published results."""
    return published_inputs(f"coherent-{name}/detector")
