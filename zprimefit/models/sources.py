"""What a detector needs to know of a beam's e+e- pairs: the seam between models and detectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from zprimefit.models.pair_events import PairEvents

Params = Mapping[str, Any]
Flux = Callable[[Any], Any]
Flavour = Literal["mu", "e"]
"""Of the beam's neutrinos; neutrinos and antineutrinos count alike."""


class UnitDensity(Protocol):
    """Density of particles per unit coupling; see :class:`PairSource`."""

    def __call__(self, masses: Any, e_scalar: Any, cos_theta: Any, flux: Flux, e_nu_max: float) -> Any:
        """Particles per GeV and unit of cos(theta)."""
        ...

    def __hash__(self) -> int:
        """Equal densities have equal hashes."""
        ...

    def refined(self) -> "UnitDensity":
        """Return the same with about twice the nodes."""
        ...


@runtime_checkable
class UnitRays(Protocol):
    """Particles per unit coupling as a list of rays, where a density would cost further integrals; see `PairSource`.

    A deterministic quadrature of a chain of production and decay: the sum of weight x f(energy, angle) over the rays is
    the integral of f over what is made, for every f that is smooth on the scale of a detector's resolution.
    """

    def rays(self, masses: Any, flux: Flux, e_nu_max: float) -> tuple[Any, Any, Any]:
        """Energy [GeV] and cos(theta) of every ray, (n,), and their weights (n_channels, n_parts, n_modes, n)."""
        ...

    def __hash__(self) -> int:
        """Equal rays have equal hashes."""
        ...

    def refined(self) -> "UnitRays":
        """Return the same with enough more rays to measure the error of these."""
        ...


@dataclass(frozen=True)
class PairSource:
    """One kind of particle that a beam makes and that decays promptly to e+e-.

    The rate factors: density = coupling(params) x sum_k weights(params)[k] x unit density k, with every unit density a
    function of the masses alone, nowhere negative. So detectors may fold, interpolate and cache the unit densities.

    Parameters
    ----------
    name : of the decaying particle.
    flavour : of the neutrinos that make it.
    mixing : name of the parameter that the coupling is proportional to: at zero there is no such source.
    masses : names of the parameters that the unit densities depend on.
    pair_mass : name of the decaying particle's mass.
    coupling : params -> product of couplings and the branching ratio to e+e-.
    branching : params -> that branching ratio.
    weights : params -> (n_parts,) coefficients of the unit densities, at least zero.
    unit_density : values of `masses`, energy [GeV] and cos(theta) of the particle (shape S), flux, its upper end [GeV]
        -> particles per GeV and unit of cos(theta), (n_channels, n_parts, n_modes) + S; or such particles as rays, see
        :class:`UnitRays`. Hashable by value: sources with equal densities share what is compiled for them. Its
        ``refined()`` has more nodes.
    channels : labels of the first axis.
    cross_section : params, neutrino energies [GeV] (n,) and a channel -> cross section of a CH2 molecule for what ends
        in such a particle, before its decay [cm^2] (n,).
    opened_by : names of masses: none is made unless the decaying particle is lighter than the first less the others,
        where the densities end at once. Empty where there is no such threshold.
    events : how its events are drawn; None where they cannot be.
    """

    name: str
    flavour: Flavour
    mixing: str
    masses: tuple[str, ...]
    pair_mass: str
    coupling: Callable[[Params], Any]
    branching: Callable[[Params], Any]
    weights: Callable[[Params], Any]
    unit_density: UnitDensity | UnitRays
    channels: tuple[str, ...]
    cross_section: Callable[[Params, Any, str], Any]
    opened_by: tuple[str, ...] = ()
    events: PairEvents | None = None
