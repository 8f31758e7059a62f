"""The B - L extension of the Standard Model with inverse seesaw: Hammad, Rashed, Moretti 2022 (Phys. Lett. B)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from zprimefit.constants import NEUTRONS_IN_CH2, NUCLEONS_IN_CH2, PROTONS_IN_CH2
from zprimefit.datasets import blsm_benchmark
from zprimefit.models.blsm import decays, neutrinos
from zprimefit.models.blsm.card import parameter_card
from zprimefit.models.blsm.derived import derived_quantities
from zprimefit.models.blsm.events import ChainEvents
from zprimefit.models.blsm.gauge import FERMIONS, MIXINGS, GaugeSector, Mixing
from zprimefit.models.blsm.higgs import higgs_decays
from zprimefit.models.blsm.neutrinos import FLAVOURS, HEAVY, LIGHT, STATES
from zprimefit.models.blsm.parameters import BENCHMARKS, parameters
from zprimefit.models.blsm.production import ChainRays
from zprimefit.models.blsm.scattering import total
from zprimefit.models.card import Card
from zprimefit.models.form_factors import (
    CARBON_FORM_FACTORS,
    NUCLEON_FORM_FACTORS,
    CarbonFormFactor,
    NucleonFormFactors,
)
from zprimefit.models.higgs import HiggsDecays
from zprimefit.models.loops import vector_anomalous_moment, vector_anomalous_moment_light
from zprimefit.models.pair_events import PairEvents
from zprimefit.models.particles import HeavyNeutrino, LightScalar, LightVector
from zprimefit.models.sources import Flavour, PairSource
from zprimefit.models.targets import CARBON, NUCLEON, Target
from zprimefit.names import check_name
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity

Params = Any
Channel = Literal["proton", "neutron", "coherent"]
CHANNELS: tuple[Channel, ...] = ("proton", "neutron", "coherent")
CHAINS = {"nu5_to_nu4": ("nu5", "nu4"), "nu5_to_nu": ("nu5", None), "nu4_to_nu": ("nu4", None)}
"""Source of pairs -> the heavy neutrino that is made, and the one it decays to; None is a light one."""
BEAM: dict[Flavour, str] = {"mu": "nu_mu", "e": "nu_e"}


@dataclass(frozen=True)
class BLSM:
    """Light Z' of U(1)_{B-L} with kinetic mixing, three pairs of heavy neutrinos of which nu4 and nu5 are light.

    Parameters
    ----------
    mixing : ``"consistent"``: theta' follows from M_Z' and gt, couplings from the Lagrangian, branching ratios from the
        widths; ``"as_printed"``: Eqs. 14, 15, 21 and 26, theta' free, nu5 -> nu4 Z' as the only decay.
    nucleon_form_factors : ``"paper"`` (Eq. 23), or ``"kelly"``.
    carbon_form_factor : ``"gaussian"`` (Eq. 24), or ``"helm"``.

    Raises
    ------
    ValueError
        For an unknown option.
    """

    mixing: Mixing = "consistent"
    nucleon_form_factors: NucleonFormFactors = "paper"
    carbon_form_factor: CarbonFormFactor = "gaussian"
    gauge: GaugeSector = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name("mixing", self.mixing, MIXINGS)
        check_name("nucleon_form_factors", self.nucleon_form_factors, tuple(NUCLEON_FORM_FACTORS))
        check_name("carbon_form_factor", self.carbon_form_factor, tuple(CARBON_FORM_FACTORS))
        object.__setattr__(self, "gauge", GaugeSector(self.mixing))

    @property
    def name(self) -> str:
        """Name in tables."""
        return "BLSM"

    @property
    def cite(self) -> tuple[str, ...]:
        """The publication."""
        return ("Hammad, Rashed, Moretti 2022 (Phys. Lett. B)",)

    @property
    def as_printed(self) -> bool:
        """Whether formulas are those of the paper."""
        return self.mixing == "as_printed"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters with unit, scale, default and bounds."""
        return parameters()

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Names of the published points."""
        return BENCHMARKS

    def benchmark(self, name: str = "mz20") -> dict[str, float]:
        """Values of all parameters at ``mz20`` or ``mz30`` (Fig. 5), in GeV or dimensionless.

        Raises
        ------
        ValueError
            If the point is not known.
        """
        check_name("benchmark", name, self.benchmarks)
        return dict(blsm_benchmark(name))

    @property
    def no_new_physics(self) -> dict[str, float]:
        """Couplings and mixings at zero."""
        mixings = (name for names in neutrinos.MIXINGS.values() for name in names)
        return dict.fromkeys(("g_BL", "g_tilde", "theta_prime", *mixings), 0.0)

    # -- couplings ------------------------------------------------------------------------------------------------

    def coupling(self, name: str, params: Params) -> Any:
        """Z' coupling by name.

        Parameters
        ----------
        name : ``"proton"``, ``"neutron"`` (vector, at zero momentum transfer); a charged fermion ``"e"``, ``"mu"``,
            ``"tau"``, ``"u"``, ``"d"``, ``"s"``, alone for C_V, or with ``" axial"``, ``" left"``, ``" right"``; a
            neutrino ``"nu_mu"`` or two of ``nu_e``, ``nu_mu``, ``nu_tau``, ``nu4``, ``nu5``, as in ``"nu5 nu_mu"``: C
            of C Z'_mu nu-bar gamma^mu P_L nu'.
        params : values by name.

        Raises
        ------
        ValueError
            For an unknown name.
        """
        if name in {"proton", "neutron"}:
            return self.gauge.nucleons(params)[name == "neutron"]
        first, _, second = name.partition(" ")
        if first in STATES and (second in STATES or not second):
            return neutrinos.coupling(first, second or first, params, self.gauge)
        if first in FERMIONS and second in {"", "vector", "axial", "left", "right"}:
            vector, axial = self.gauge.couplings(first, params)
            return {"axial": axial, "left": vector - axial, "right": vector + axial}.get(second, vector)
        known = ["proton", "neutron", *FERMIONS, *STATES]
        check_name("coupling", first if first not in known else name, known)
        raise AssertionError

    def vector(self, params: Params) -> LightVector:
        """The Z' with its couplings and widths; decays with heavy neutrinos are neither visible nor invisible."""
        found = decays.zprime_widths(params, self.gauge)
        charged = {name: self.gauge.couplings(name, params) for name in FERMIONS}
        proton, neutron = self.gauge.nucleons(params)
        own = {nu: neutrinos.coupling(nu, nu, params, self.gauge) for nu in LIGHT}
        states = ("ee", "mumu", "tautau", "pipi", "hadrons")
        widths = {state: found.pop(state) for state in states} | {"invisible": found.pop("nu_nu")}
        widths["heavy_neutrinos"] = sum(found.values())
        vector = {name: pair[0] for name, pair in charged.items()}
        axial = {name: pair[1] for name, pair in charged.items()}
        return LightVector(params["m_zprime"], widths, vector | {"proton": proton, "neutron": neutron} | own, axial)

    def z_mixing(self, params: Params) -> Any:
        """theta', the mixing angle of Z and Z'."""
        return self.gauge.theta_prime(params)

    def higgs_decays(self, params: Params) -> HiggsDecays:
        """Decays of h to a light and a heavy neutrino, without h-h' mixing."""
        return higgs_decays(params)

    def scalars(self, params: Params) -> dict[str, LightScalar]:  # noqa: ARG002  (asked with its parameters)
        """None is light."""
        return {}

    def heavy_neutrinos(self, params: Params) -> tuple[HeavyNeutrino, ...]:
        """nu4 and nu5: couplings to the beam's neutrinos, mixings, widths."""
        return tuple(self._heavy(heavy, params) for heavy in HEAVY)

    def _heavy(self, heavy: str, params: Params) -> HeavyNeutrino:
        widths = decays.heavy_widths(heavy, params, self.gauge)
        zprime = decays.zprime_widths(params, self.gauge)
        seen = decays.branching(widths, *decays.VISIBLE)
        through = [state for state in widths if state.endswith("zprime")]
        seen = seen + decays.branching(widths, *through) * (1 - decays.branching(zprime, "nu_nu"))
        names = dict(zip(FLAVOURS, neutrinos.MIXINGS[heavy], strict=True))
        return HeavyNeutrino(
            mass=params[decays.MASSES[heavy]],
            strengths={f: neutrinos.coupling(heavy, f"nu_{f}", params, self.gauge) ** 2 for f in FLAVOURS},
            mixings={flavour: params[name] for flavour, name in names.items()},
            width=sum(widths.values()),
            visible=seen,
        )

    # -- scattering -----------------------------------------------------------------------------------------------

    def _target(self, channel: str) -> Target:
        base = CARBON if channel == "coherent" else NUCLEON
        return Target(base.mass, base.kind, self.nucleon_form_factors, self.carbon_form_factor)

    def cross_section(
        self, params: Params, e_nu: ArrayLike, channel: Channel = "proton", heavy: Literal["nu5", "nu4"] = "nu5"
    ) -> Any:
        """Cross section of nu_mu N -> nu5 N [cm^2] (Eq. 32 mended).

        Parameters
        ----------
        params : values by name, as from :meth:`benchmark`.
        e_nu : neutrino energy [GeV], any shape.
        channel : ``"proton"`` or ``"neutron"``, per nucleon; ``"coherent"`` per carbon nucleus.
        heavy : what is made.

        Returns
        -------
        array of the shape of e_nu; zero below threshold. Good to 1e-4 for M_Z' of 2-130 MeV and m up to 400 MeV.
        """
        check_name("channel", channel, CHANNELS)
        check_name("heavy", heavy, HEAVY)
        squared = neutrinos.coupling(heavy, "nu_mu", params, self.gauge) ** 2
        return squared * self._unit_cross_section(params, e_nu, channel, heavy)

    def _unit_cross_section(self, params: Params, e_nu: ArrayLike, channel: str, heavy: str) -> Any:
        """:meth:`cross_section` for a coupling of one of the neutrinos."""
        proton, neutron = self.gauge.nucleons(params)
        charge = {"proton": proton, "neutron": neutron, "coherent": 6 * (proton + neutron)}[channel]
        energies = jnp.asarray(e_nu, dtype=jnp.float64)
        target, mass = self._target(channel), params[decays.MASSES[heavy]]
        found = jax.lax.map(lambda e: total(e, mass, params["m_zprime"], target), energies.ravel())
        return charge**2 * found.reshape(energies.shape)

    def pair_sources(self, chains: tuple[str, ...] | None = None) -> tuple[PairSource, ...]:
        """Z' -> e+e- from the decays of what a beam of muon or electron neutrinos makes in CH2.

        As printed, nu5 -> nu4 Z' alone.
        """
        chosen = chains or (("nu5_to_nu4",) if self.as_printed else tuple(CHAINS))
        return tuple(self._pair_source(chain, flavour) for flavour in BEAM for chain in chosen)

    def _pair_source(self, chain: str, flavour: Flavour) -> PairSource:
        check_name("chain", chain, tuple(CHAINS))
        heavy, daughter = CHAINS[chain]
        masses = ("m_zprime", decays.MASSES[heavy], *([] if daughter is None else [decays.MASSES[daughter]]))

        def branching(params: Params) -> Any:
            to_pair = decays.branching(decays.zprime_widths(params, self.gauge), "ee")
            if self.as_printed:
                return to_pair
            state = "nu_zprime" if daughter is None else f"{daughter}_zprime"
            return to_pair * decays.branching(decays.heavy_widths(heavy, params, self.gauge), state)

        def coupling(params: Params) -> Any:
            return neutrinos.coupling(heavy, BEAM[flavour], params, self.gauge) ** 2 * branching(params)

        def weights(params: Params) -> Any:
            proton, neutron = self.gauge.nucleons(params)
            nucleon = (PROTONS_IN_CH2 * proton**2 + NEUTRONS_IN_CH2 * neutron**2) / NUCLEONS_IN_CH2
            return jnp.stack([nucleon, ((proton + neutron) / 2) ** 2])

        def cross_section(params: Params, e_nu: Any, channel: str) -> Any:
            state = "nu_zprime" if daughter is None else f"{daughter}_zprime"
            widths = decays.heavy_widths(heavy, params, self.gauge)
            share = 1.0 if self.as_printed else decays.branching(widths, state)
            ratio = (neutrinos.coupling(heavy, BEAM[flavour], params, self.gauge)) ** 2
            nucleons = {"proton": PROTONS_IN_CH2, "neutron": NEUTRONS_IN_CH2}
            struck = nucleons if channel == "incoherent" else {"coherent": 1}
            made = sum(n * self._unit_cross_section(params, e_nu, each, heavy) for each, n in struck.items())
            return share * ratio * made

        def daughters(params: Params) -> dict[str, Any]:
            if daughter is not None:
                return {daughter: 1.0}
            squares = {nu: neutrinos.coupling(heavy, nu, params, self.gauge) ** 2 for nu in LIGHT}
            return {nu: square / sum(squares.values()) for nu, square in squares.items()}

        def protons(params: Params) -> Any:
            proton, neutron = self.gauge.nucleons(params)
            on_protons = PROTONS_IN_CH2 * proton**2
            return on_protons / (on_protons + NEUTRONS_IN_CH2 * neutron**2)

        return PairSource(
            name=chain,
            flavour=flavour,
            mixing=f"U_{flavour}{heavy[-1]}_sq",
            masses=masses,
            pair_mass="m_zprime",
            coupling=coupling,
            branching=branching,
            weights=weights,
            unit_density=ChainRays(
                incoherent=self._target("proton"),
                coherent=self._target("coherent"),
                massless_daughter=daughter is None,
                visible="forward" if self.as_printed else "box",
            ),
            channels=("incoherent", "coherent"),
            cross_section=cross_section,
            opened_by=masses[1:],
            events=PairEvents(
                unit=ChainEvents(
                    coherent=self._target("coherent"),
                    incoherent=self._target("proton"),
                    visible="forward" if self.as_printed else "box",
                    massless_daughter=daughter is None,
                ),
                heavy=heavy,
                mediator="zprime",
                daughters=daughters,
                protons=protons,
            ),
        )

    # -- anomalous moments ----------------------------------------------------------------------------------------

    def delta_a(self, lepton: Literal["e", "mu"], params: Params) -> Any:
        """Contribution of the Z' to the anomalous moment (Eq. 20; as printed Eq. 21)."""
        check_name("lepton", lepton, ("e", "mu"))
        loop = vector_anomalous_moment_light if self.as_printed else vector_anomalous_moment
        return loop(lepton, *self.gauge.couplings(lepton, params), params["m_zprime"])

    # -- derived quantities ---------------------------------------------------------------------------------------

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Everything that follows from the parameters; see :mod:`zprimefit.models.blsm.derived`."""
        return derived_quantities(self)

    def derived(self, params: Params) -> dict[str, Any]:
        """Values of all derived quantities; names end on the unit where there is one."""
        return {quantity.name: quantity(params) for quantity in self.quantities}

    def card(self, params: Params) -> Card:
        """Parameter card at a point; see :mod:`zprimefit.models.blsm.card`."""
        return parameter_card(self, params)
