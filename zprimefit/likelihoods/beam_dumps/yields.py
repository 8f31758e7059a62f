"""Light bosons that electrons make in a dump, and that decay behind its shield.

    N = N_e (X0 N_A / A) Int dE T(E) Int dx dsigma/dx exp(-L_sh/l) [1 - exp(-L_dec/l)],   l = p/(m Gamma),

T(E) dE the path in radiation lengths of electrons of energy E: they lose energy as ln(E_0/E) ~ Gamma(4t/3) after t
radiation lengths (Tsai and Whitis, Phys. Rev. 149 (1966) 1248). What decays is counted, whatever it decays to.

What is made depends on the mass alone, and what decays of it on momentum and width. So both integrals are done for a
table of masses, and leave a sum over few energies of the boson: p times the share that decays is a polynomial in ln E
to the precision that is needed, and its integral with dN/dE / p a sum over the polynomial's nodes.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d
from scipy.optimize import brentq
from scipy.special import gammainc

from zprimefit.constants import AVOGADRO, ELECTRON_MASS, HBARC_GEV_FM, HBARC_SQUARED_CM2_GEV2
from zprimefit.datasets.beam_dumps import dump_setup
from zprimefit.likelihoods.beam_dumps.bremsstrahlung import Kind, cross_section, photon_flux
from zprimefit.numerics.quadrature import lagrange, unit_rule

Array = NDArray[np.float64]

N_ENERGY, N_FRACTION = 16, 24
"""Nodes in the electron's energy and in x; see the tests for their error."""
N_BOSON: Final = 32
"""Nodes in the boson's energy. With the tables below, what decays is good to 1e-6 where the shield leaves e^-10 of it,
5e-4 where e^-30, for masses of the contours; to 4e-3 below the threshold, 4 % up to half of the beam's energy, and
to an order of magnitude at its end."""
LIGHTEST, MASS_STEP = 1e-3, 0.05
"""First mass of the tables [GeV], what is lighter does not decay to e+ e-, and their step in ln m."""
MARGIN: Final = 8
"""Further masses below the first: the end of a spline is felt there."""
MATERIALS = {13: "aluminium", 74: "tungsten"}
HBARC_GEV_M = HBARC_GEV_FM * 1e-15


def electron_paths(thickness: float, loss: float, n: int = N_ENERGY) -> tuple[Array, Array]:
    """Where electrons of which energy are in a thick dump.

    Parameters
    ----------
    thickness : of the dump [radiation lengths].
    loss : largest ln(E_0/E).
    n : number of nodes.

    Returns
    -------
    ln(E_0/E) and path length [radiation lengths] of each node, (n,), (n,).
    """
    depths, steps = unit_rule(400)

    def path(log_loss: float) -> float:
        return float(np.sum(thickness * steps * gammainc(4 * thickness * depths / 3, np.exp(log_loss))))

    # Gauss rule in the path itself: at the beam's energy it is exp(-1/path), flat to all orders
    total, least = path(np.log(loss)), -600.0
    nodes, weights = unit_rule(n)
    losses = [
        brentq(lambda y, c=c: path(y) - c * total, least, np.log(loss)) if path(least) < c * total else least
        for c in nodes
    ]
    return np.exp(losses), weights * total


@dataclass(frozen=True, eq=False)
class Dump:
    """An electron beam dump.

    Parameters
    ----------
    energies, paths : (n,) energies of the electrons [GeV] and the paths at them [radiation lengths].
    luminosity : electrons times nuclei per GeV^2 and radiation length [GeV^2].
    atomic_number, atomic_weight : Z and A.
    shield, decay_volume : [m].
    threshold : least energy of the boson [GeV].
    angle : largest angle to the beam [rad]; 0 for all.
    events : number of decays that the published contour stands for.
    """

    energies: Array
    paths: Array
    luminosity: float
    atomic_number: float
    atomic_weight: float
    shield: float
    decay_volume: float
    threshold: float
    angle: float
    events: float

    @property
    def highest(self) -> float:
        """Energy of the fastest electron [GeV]."""
        return float(self.energies.max())

    def production(self, kind: Kind, mass: Any) -> tuple[Array, Array]:
        """Bosons made, over the coupling squared, and their energies [GeV]: both (..., n, n').

        Parameters
        ----------
        kind : ``"scalar"`` or ``"vector"``.
        mass : [GeV], (...).
        """
        nodes, weights = unit_rule(N_FRACTION)
        energy, mass = self.energies[:, None], np.asarray(mass)[..., None, None]
        # nodes uniform in ln(1 - x + (m_e/m)^2): a vector peaks at x = 1
        scale = (ELECTRON_MASS / mass) ** 2
        span = np.log1p(np.maximum(1 - np.maximum(self.threshold, mass) / energy, 0.0) / scale)
        rest = scale * np.expm1(span * nodes)
        x = 1 - rest
        flux = photon_flux(energy, mass, self.atomic_number, self.atomic_weight)
        made = flux * cross_section(kind, x, energy, mass, self.angle)
        return self.luminosity * self.paths[:, None] * weights * span * (rest + scale) * made, x * energy

    def decays(self, kind: Kind, mass: Any, width: Any, stretch: Any = 1.0) -> Any:
        """Decays in the decay volume over the coupling squared, to whatever final state.

        Parameters
        ----------
        kind : ``"scalar"`` or ``"vector"``.
        mass, width : of the boson [GeV], numbers.
        stretch : factor on the length of the shield.
        """
        nodes, _ = unit_rule(N_BOSON)
        least = jnp.maximum(self.threshold, mass)
        energy = least * jnp.exp(jnp.log(self.highest / least) * nodes)
        # what is heavier than any electron is not made
        weights = jnp.where(mass < self.highest, self._weights(kind, mass), 0.0)
        return jnp.sum(weights * momentum(energy, mass) * self.share(energy, mass, width, stretch))

    def _weights(self, kind: Kind, mass: Any) -> Any:
        """Weights (N_BOSON,) of the boson's energies at one mass [GeV], by a cubic B-spline in ln m."""
        table = _table(self, kind)
        place = jnp.clip(jnp.log(mass / LIGHTEST) / MASS_STEP + MARGIN, 1.0, len(table) - 3.0)
        index = jax.lax.stop_gradient(place).astype(int)
        o = place - index
        basis = jnp.stack([(1 - o) ** 3, 4 - 3 * o**2 * (2 - o), 1 + 3 * o * (1 + o * (1 - o)), o**3]) / 6
        return basis @ jax.lax.dynamic_slice_in_dim(jnp.asarray(table), index - 1, 4)

    def share(self, energy: Any, mass: Any, width: Any, stretch: Any) -> Any:
        """Share of bosons of these energies that decay in the decay volume."""
        per_metre = mass * width / (momentum(energy, mass) * HBARC_GEV_M)
        return jnp.exp(-per_metre * self.shield * stretch) * -jnp.expm1(-per_metre * self.decay_volume)


def momentum(energy: Any, mass: Any) -> Any:
    """Momentum [GeV]; where there is none the energy, so that derivatives stay finite."""
    squared = energy**2 - mass**2
    return jnp.sqrt(jnp.where(squared > 0, squared, energy**2))


@cache
def _table(source: Dump, kind: Kind) -> Array:
    """Coefficients (n_masses, N_BOSON) of the B-splines in ln m, MASS_STEP apart, of the weights of a boson's energies.

    Their sum with p times the share that decays is Int dE dN/dE share: p share is replaced by the polynomial in ln E
    through the nodes. Without the p, of which dN/dE has one as well, it would not be smooth where bosons are slow.
    """
    # further masses above the last that can be made: nothing there
    steps = np.arange(-MARGIN, int(np.log(source.highest / LIGHTEST) / MASS_STEP) + 4)
    mass = LIGHTEST * np.exp(MASS_STEP * steps)
    made, energy = source.production(kind, mass)
    least = np.maximum(source.threshold, mass)[:, None, None]
    squared = energy**2 - mass[:, None, None] ** 2
    there = (made > 0) & (squared > 0)
    place = np.log(np.where(there, energy / least, 1.0)) / np.log(np.where(there, source.highest / least, 2.0))
    slowed = np.where(there, made, 0.0) / np.sqrt(np.where(there, squared, 1.0))
    weights = np.einsum("mij,mijk->mk", slowed, lagrange(N_BOSON, place))
    coefficients = spline_filter1d(weights, order=3, axis=0, mode="mirror")
    coefficients.flags.writeable = False
    return coefficients


@cache
def dump(name: str) -> Dump:
    """Electron beam dump of a contour, e.g. ``"e137_bjorken"``, from the published numbers of its set-up."""
    setup = {key: row.value for key, row in dump_setup("electron", name).items()}
    material = dump_setup("electron", MATERIALS[round(setup["atomic_number"])])
    losses, paths = electron_paths(setup["thickness"], float(np.log(setup["beam_energy"] / setup["threshold"])))
    nuclei = material["radiation_length"].value * AVOGADRO / material["atomic_weight"].value
    return Dump(
        energies=setup["beam_energy"] * np.exp(-losses),
        paths=paths,
        luminosity=setup["electrons"] * nuclei * HBARC_SQUARED_CM2_GEV2,
        atomic_number=setup["atomic_number"],
        atomic_weight=material["atomic_weight"].value,
        shield=setup["shield"],
        decay_volume=setup["decay_volume"],
        threshold=setup["threshold"],
        angle=setup["radius"] / (setup["shield"] + setup["decay_volume"]),
        events=setup["events"],
    )
