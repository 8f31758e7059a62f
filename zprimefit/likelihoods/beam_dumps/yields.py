"""Light bosons that electrons make in a dump, and that decay behind its shield.

    N = N_e (X0 N_A / A) Int dE T(E) Int dx dsigma/dx exp(-L_sh/l) [1 - exp(-L_dec/l)],   l = p/(m Gamma),

T(E) dE the path in radiation lengths of electrons of energy E: they lose energy as ln(E_0/E) ~ Gamma(4t/3) after t
radiation lengths (Tsai and Whitis, Phys. Rev. 149 (1966) 1248). What decays is counted, whatever it decays to.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import gammainc

from zprimefit.constants import AVOGADRO, ELECTRON_MASS, HBARC_GEV_FM, HBARC_SQUARED_CM2_GEV2
from zprimefit.datasets.beam_dumps import dump_setup
from zprimefit.likelihoods.beam_dumps.bremsstrahlung import Kind, cross_section, photon_flux
from zprimefit.numerics.quadrature import unit_rule

Array = NDArray[np.float64]

N_ENERGY, N_FRACTION = 16, 24
"""Nodes in the electron's energy and in x; see the tests for their error."""
FLUX_STEP, FLUX_MASSES = 0.05, 260
"""Masses at which the flux of photons is integrated, by their step in ln m: up to 400 GeV; cubic in between, to 2e-5 at
the heaviest mass that can be made, 1e-6 below 0.3 GeV."""
LIGHTEST = 1e-3
"""First of them [GeV]; what is lighter does not decay to e+ e-."""
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

    def production(self, kind: Kind, mass: Any) -> tuple[Any, Any]:
        """Bosons made, over the coupling squared, and their energies [GeV]: both (n, n').

        Parameters
        ----------
        kind : ``"scalar"`` or ``"vector"``.
        mass : [GeV], a number.
        """
        nodes, weights = unit_rule(N_FRACTION)
        energy = jnp.asarray(self.energies)[:, None]
        # nodes uniform in ln(1 - x + (m_e/m)^2): a vector peaks at x = 1
        scale = (ELECTRON_MASS / mass) ** 2
        span = jnp.log1p(jnp.maximum(1 - jnp.maximum(self.threshold, mass) / energy, 0.0) / scale)
        rest = scale * jnp.expm1(span * nodes)
        x = 1 - rest
        made = self.photons(mass)[:, None] * cross_section(kind, x, energy, mass, self.angle)
        return self.luminosity * self.paths[:, None] * weights * span * (rest + scale) * made, x * energy

    @cached_property
    def _flux_table(self) -> Array:
        """Cubics in ln m between the masses of the flux's logarithm at every energy, (4 powers, n_masses, n)."""
        steps = FLUX_STEP * np.arange(FLUX_MASSES)
        # a boson of more than twice the energy sees none; one of more than the energy is not made
        masses = np.minimum(LIGHTEST * np.exp(steps)[:, None], 1.9 * self.energies)
        # Fixed numbers, even where somebody's trace asks for them first.
        with jax.ensure_compile_time_eval():
            flux = _compiled_flux(self.energies, masses, self.atomic_number, self.atomic_weight)
        return np.asarray(CubicSpline(steps, np.log(np.asarray(flux))).c)

    def photons(self, mass: Any) -> Any:
        """Flux of photons (n,) that a boson of this mass [GeV] sees at each energy; see :func:`photon_flux`."""
        table = self._flux_table
        place = jnp.log(mass / LIGHTEST)
        index = jnp.clip((place / FLUX_STEP).astype(int), 0, table.shape[1] - 1)
        a, b, c, d = jnp.asarray(table)[:, index]
        offset = place - index * FLUX_STEP
        return jnp.exp(((a * offset + b) * offset + c) * offset + d)

    def decays(self, kind: Kind, mass: Any, width: Any, stretch: Any = 1.0) -> Any:
        """Decays in the decay volume over the coupling squared, to whatever final state.

        Parameters
        ----------
        kind : ``"scalar"`` or ``"vector"``.
        mass, width : of the boson [GeV].
        stretch : factor on the length of the shield.
        """
        made, energy = self.production(kind, mass)
        return jnp.sum(made * self.share(energy, mass, width, stretch))

    def share(self, energy: Any, mass: Any, width: Any, stretch: Any) -> Any:
        """Share of bosons of these energies that decay in the decay volume."""
        squared = energy**2 - mass**2
        momentum = jnp.sqrt(jnp.where(squared > 0, squared, energy**2))
        per_metre = mass * width / (momentum * HBARC_GEV_M)
        return jnp.exp(-per_metre * self.shield * stretch) * -jnp.expm1(-per_metre * self.decay_volume)


_compiled_flux = jax.jit(photon_flux)


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
