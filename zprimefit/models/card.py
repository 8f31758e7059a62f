"""A point of a model as a parameter card: blocks of numbers and decay tables, in the manner of SLHA (hep-ph/0311123).

Particles have codes of the PDG where there are any, and unofficial ones otherwise, which the card lists. Widths are
those of the model; a sum over light neutrinos or hadrons has no code of its own, and stands as one of its final states.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zprimefit.constants import PARTICLE_NUMBERS
from zprimefit.parameters import Parameter

ELECTRON, MUON, TAU = 11, 13, 15
NU, NU_MU, NU_TAU = 14, 14, 16
PHOTON, W, HIGGS = 22, 24, 25
ZPRIME, HEAVY_SCALAR, LIGHT_SCALAR = (PARTICLE_NUMBERS[name] for name in ("zprime", "H", "hprime"))
PSEUDOSCALAR, CHARGED_HIGGS = 36, 37
PI0, PI_PLUS, DOWN = 111, 211, 1
NU4, NU5 = PARTICLE_NUMBERS["nu4"], PARTICLE_NUMBERS["nu5"]

CODES: Final = {
    ZPRIME: "Z'",
    LIGHT_SCALAR: "h', the lighter CP-even scalar (unofficial; the PDG has scalar mediators of dark matter there)",
    HEAVY_SCALAR: "H, the other light CP-even scalar",
    PSEUDOSCALAR: "A",
    CHARGED_HIGGS: "H+",
    NU4: "nu4, a Dirac neutrino (unofficial; the PDG has nu_Re there)",
    NU5: "nu5, a Dirac neutrino (unofficial; the PDG has nu_Rmu there)",
}
"""Codes of new particles."""
STANDS_FOR: Final = (
    "14 and -14 stand for light neutrinos of any flavour, or the sum over them; 16 for nu_tau where it is alone",
    "1 -1 stands for all hadrons but those that have a line of their own",
)

CHANNELS: Final[Mapping[str, tuple[tuple[int, ...], ...]]] = {
    "ee": ((ELECTRON, -ELECTRON),),
    "mumu": ((MUON, -MUON),),
    "tautau": ((TAU, -TAU),),
    "gamma_gamma": ((PHOTON, PHOTON),),
    "zprime_zprime": ((ZPRIME, ZPRIME),),
    "HH": ((HEAVY_SCALAR, HEAVY_SCALAR),),
    "hprime_hprime": ((LIGHT_SCALAR, LIGHT_SCALAR),),
    "nu4_nu4": ((NU4, -NU4),),
    "nu5_nu5": ((NU5, -NU5),),
    "nu4_nu5": ((NU4, -NU5), (NU5, -NU4)),
    "nu4_nu": ((NU4, -NU), (NU, -NU4)),
    "nu5_nu": ((NU5, -NU), (NU, -NU5)),
    "nu_nu": ((NU, -NU),),
    "nutau_nutau": ((NU_TAU, -NU_TAU),),
    "pi0_gamma": ((PI0, PHOTON),),
    "three_pions": ((PI_PLUS, -PI_PLUS, PI0),),
    "pipi": ((PI_PLUS, -PI_PLUS),),
    "hadrons": ((DOWN, -DOWN),),
    "nu_zprime": ((NU, ZPRIME),),
    "nu4_zprime": ((NU4, ZPRIME),),
    "nu5_zprime": ((NU5, ZPRIME),),
    "three_nu": ((NU, NU, -NU),),
    "nu_ee": ((NU, ELECTRON, -ELECTRON),),
    "e_mu_nu": ((ELECTRON, -MUON, NU),),
    "mu_e_nu": ((MUON, -ELECTRON, NU),),
    "nu_gamma": ((NU, PHOTON),),
    "nu_pi0": ((NU, PI0),),
    "e_pi": ((ELECTRON, PI_PLUS),),
    "lepton_neutrino": ((-MUON, NU_MU),),
    "W_hprime": ((W, LIGHT_SCALAR),),
    "W_H": ((W, HEAVY_SCALAR),),
}
"""Final state of a width -> what stands for it; two of them share a width that holds both orders."""


@dataclass(frozen=True)
class Entry:
    """One number of a block: its indices, value, and what it is, with the unit."""

    index: tuple[int, ...]
    value: float
    meaning: str


@dataclass(frozen=True)
class Decay:
    """Decays of one particle.

    Parameters
    ----------
    code : of the particle.
    widths : final state of :data:`CHANNELS` -> partial width [GeV].
    """

    code: int
    widths: Mapping[str, float]

    @property
    def total(self) -> float:
        """Total width [GeV]."""
        return math.fsum(self.widths.values())

    def branchings(self) -> list[tuple[float, tuple[int, ...], str]]:
        """(branching ratio, codes, final state) of all that is open, the largest first; their sum is 1."""
        found: list[tuple[float, tuple[int, ...], str]] = []
        for name, width in self.widths.items():
            finals = CHANNELS[name]
            found += [(width / self.total / len(finals), final, name) for final in finals if width > 0]
        return sorted(found, key=lambda line: -line[0])


@dataclass(frozen=True)
class Card:
    """A parameter card.

    Parameters
    ----------
    model : its name.
    blocks : name -> entries; names in capitals.
    decays : of the unstable particles.
    notes : what a reader must know, one line each.
    """

    model: str
    blocks: Mapping[str, tuple[Entry, ...]]
    decays: tuple[Decay, ...]
    notes: tuple[str, ...] = ()

    def text(self, program: tuple[str, str], head: Sequence[str] = ()) -> str:
        """Return the card; numbers with 17 digits.

        Parameters
        ----------
        program : name and version, for the block SPINFO.
        head : further lines of the header.
        """
        used = {e.index[0] for e in self.blocks.get("MASS", ())} | {d.code for d in self.decays}
        lines = [f"{self.model}: masses and widths in GeV", *head, *self.notes, "codes of new particles:"]
        lines += [f"  {code:<8} {name}" for code, name in CODES.items() if code in used]
        lines += STANDS_FOR
        out = [*(f"# {line}" for line in lines), "BLOCK SPINFO", *(f"  {i}  {t}" for i, t in enumerate(program, 1))]
        for name, entries in self.blocks.items():
            out.append(f"BLOCK {name}")
            out += [_line(entry) for entry in entries]
        for decay in self.decays:
            name = CODES.get(decay.code, str(decay.code)).partition(",")[0]
            out.append(f"DECAY {decay.code} {decay.total:.16e}  # {name}, width [GeV]")
            for share, codes, state in decay.branchings():
                ids = " ".join(f"{code:>9}" for code in codes)
                out.append(f"  {share:.16e}  {len(codes)} {ids}  # {state.replace('_', ' ')}")
        return "\n".join(out) + "\n"


def _line(entry: Entry) -> str:
    index = " ".join(f"{i:>8}" for i in entry.index)
    if not math.isfinite(entry.value):
        return f"# {index}  not finite  # {entry.meaning}"
    return f"  {index}  {entry.value:23.16e}  # {entry.meaning}"


def entries(numbers: Mapping[Any, tuple[Any, str]]) -> tuple[Entry, ...]:
    """Entries of a block: index or indices -> (value, meaning)."""
    return tuple(
        # no zero with a sign
        Entry(index if isinstance(index, tuple) else (index,), float(value) + 0.0, meaning)
        for index, (value, meaning) in numbers.items()
    )


def parameter_block(parameters: Sequence[Parameter], params: Mapping[str, Any]) -> tuple[Entry, ...]:
    """All parameters of a model in its order, by which they can be read back."""
    return tuple(Entry((i,), float(params[p.name]), f"{p.name} [{p.unit}]") for i, p in enumerate(parameters, start=1))


def decay(code: int, widths: Mapping[str, Any]) -> Decay:
    """Decays of a particle from its partial widths [GeV]."""
    return Decay(code, {name: float(width) for name, width in widths.items()})


def neutrino_decay(code: int, widths: Mapping[str, Any], electron: Any, muon: Any) -> Decay:
    """Decays of a heavy neutrino: ``nu_e_mu`` is e- mu+ nu where it mixes with nu_e, mu- e+ nu where with nu_mu.

    Parameters
    ----------
    electron, muon : its mixings |U_e|^2 and |U_mu|^2.
    """
    both, rest = widths["nu_e_mu"], {name: width for name, width in widths.items() if name != "nu_e_mu"}
    total = float(electron + muon)
    share = float(electron) / total if total > 0 else 0.0
    return decay(code, {**rest, "e_mu_nu": share * both, "mu_e_nu": (1 - share) * both})
