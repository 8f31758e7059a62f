"""The light Z' + second Higgs doublet + dark neutrino model of arXiv:2006.01948."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from zprimefit.constants import HIGGS_VEV, LEPTON_MASSES, NUCLEONS_IN_CH2, PROTONS_IN_CH2
from zprimefit.datasets import z2hdm_table1
from zprimefit.models.card import Card
from zprimefit.models.form_factors import (
    CARBON_FORM_FACTORS,
    NUCLEON_FORM_FACTORS,
    CarbonFormFactor,
    NucleonFormFactors,
)
from zprimefit.models.higgs import HiggsDecays
from zprimefit.models.lepton_flavour import FlavourScalar
from zprimefit.models.loops import scalar_loop
from zprimefit.models.oblique import ScalarDoublet
from zprimefit.models.pair_events import PairEvents
from zprimefit.models.particles import HeavyNeutrino, LightScalar, LightVector
from zprimefit.models.sources import Flavour, PairSource
from zprimefit.models.targets import CARBON, CARBON_AS_NUCLEON, NUCLEON, Target
from zprimefit.models.z2hdm import decays, particles, scalar_sector
from zprimefit.models.z2hdm.card import parameter_card
from zprimefit.models.z2hdm.decays import SCALARS, Params, Scalar, Variant
from zprimefit.models.z2hdm.derived import derived_quantities
from zprimefit.models.z2hdm.double_production import (
    AMPLITUDES,
    DoubleAmplitude,
    Sampling,
    double_coupling,
    monte_carlo,
    process_of,
)
from zprimefit.models.z2hdm.events import ScalarEvents
from zprimefit.models.z2hdm.gauge import GAUGE_GROUPS, GaugeGroup, GaugeSector
from zprimefit.models.z2hdm.parameters import parameters
from zprimefit.models.z2hdm.production import Accuracy, ScalarDensity
from zprimefit.models.z2hdm.scattering import Masses, Nodes, differential, total
from zprimefit.names import check_name
from zprimefit.parameters import Parameter, Shear
from zprimefit.quantities import Quantity

Channel = Literal["incoherent", "coherent"]
CHANNELS: tuple[Channel, ...] = ("incoherent", "coherent")
MIXINGS: dict[Flavour, str] = {"mu": "U_mu4_sq", "e": "U_e4_sq"}
"""Flavour of the neutrino -> mixing with nu_4 that lets it make a scalar."""


@dataclass(frozen=True)
class Z2HDM:
    """Light Z' of U(1)_B or U(1)_{B-3L_tau}, dark neutrino nu_4, and two light CP-even scalars h' and H.

    Parameters
    ----------
    gauge_group : ``"B"`` or ``"B-3Ltau"``: the second couples the Z' to nu_tau and mixes it more with the photon, which
        the widths of Z' and nu_4 feel, and no rate that the paper predicts.
    coherent : kinematics of the coherent part, which the paper leaves open: ``"carbon"`` scatters on a spin-0 nucleus,
        ``"nucleon"`` reads Eq. 30 literally.
    nucleon_form_factors : ``"paper"`` (Eq. 29), or ``"kelly"``, electromagnetic ones of proton plus neutron.
    carbon_form_factor : ``"gaussian"`` (Eq. 30), or ``"helm"``.
    variant : ``"corrected"``, or ``"as_printed"`` with e+e- as the only decay of H, the product of couplings in the
        term of Eq. 34 without chirality flip, and 1/(16 pi^2) in Eq. 4.
    accuracy : quadrature nodes of the spectra.
    mixing_scale : renormalisation scale of Eq. 4, where the kinetic mixing of Z' and photon vanishes [GeV]; the
        electroweak scale unless said otherwise.

    Raises
    ------
    ValueError
        For an unknown option, or a scale that is not positive.
    """

    gauge_group: GaugeGroup = "B"
    coherent: Literal["carbon", "nucleon"] = "carbon"
    nucleon_form_factors: NucleonFormFactors = "paper"
    carbon_form_factor: CarbonFormFactor = "gaussian"
    variant: Variant = "corrected"
    accuracy: Accuracy = field(default_factory=Accuracy)
    mixing_scale: float = HIGGS_VEV

    def __post_init__(self) -> None:
        check_name("gauge_group", self.gauge_group, GAUGE_GROUPS)
        check_name("coherent", self.coherent, ("carbon", "nucleon"))
        check_name("nucleon_form_factors", self.nucleon_form_factors, tuple(NUCLEON_FORM_FACTORS))
        check_name("carbon_form_factor", self.carbon_form_factor, tuple(CARBON_FORM_FACTORS))
        check_name("variant", self.variant, ("corrected", "as_printed"))
        if not (math.isfinite(self.mixing_scale) and self.mixing_scale > 0):
            msg = f"mixing_scale must be positive, got {self.mixing_scale!r} GeV"
            raise ValueError(msg)

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"Z2HDM({self.gauge_group})"

    @property
    def cite(self) -> tuple[str, ...]:
        """The publication."""
        return ("2006.01948",)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters with unit, scale, default and bounds."""
        return parameters()

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Names of the published points."""
        return ("table1",)

    def benchmark(self, name: str = "table1") -> dict[str, float]:
        """Values of all parameters at a published point, in GeV or dimensionless.

        Raises
        ------
        ValueError
            If the point is not known.
        """
        check_name("benchmark", name, self.benchmarks)
        return dict(z2hdm_table1())

    @property
    def no_new_physics(self) -> dict[str, float]:
        """Couplings and mixings at zero: no signal, no contribution to the moments, no heavy neutrino."""
        couplings = ("g_B", "y_mu", "y_e", "y_tau", "y_etau_taue", "U_mu4_sq", "U_e4_sq")
        return dict.fromkeys(couplings, 0.0)

    # -- scattering -----------------------------------------------------------------------------------------------

    @property
    def coherent_target(self) -> Target:
        """What the coherent part scatters on."""
        return self._with_form_factors(CARBON if self.coherent == "carbon" else CARBON_AS_NUCLEON)

    @property
    def incoherent_target(self) -> Target:
        """What the incoherent part scatters on."""
        return self._with_form_factors(NUCLEON)

    def _with_form_factors(self, target: Target) -> Target:
        return replace(
            target, nucleon_form_factors=self.nucleon_form_factors, carbon_form_factor=self.carbon_form_factor
        )

    def _target(self, channel: Channel) -> Target:
        check_name("channel", channel, CHANNELS)
        return self.incoherent_target if channel == "incoherent" else self.coherent_target

    def _masses(self, params: Params, scalar: Scalar) -> Masses:
        check_name("scalar", scalar, SCALARS)
        return Masses(params["m_zprime"], decays.scalar_mass(scalar, params), params["m_nu4"])

    def rate_coupling(self, params: Params, scalar: Scalar, flavour: Flavour = "mu") -> Any:
        """g_B^2 g_d^4 |U_l4|^2 c_phi^2, c_h' = cos(delta), c_H = -sin(delta): the rates are proportional to it."""
        singlet = decays.singlet_fraction(scalar, params)
        return params["g_B"] ** 2 * params["g_d"] ** 4 * params[MIXINGS[flavour]] * singlet**2

    def _sum(self, params: Params, scalar: Scalar, parts: tuple[Any, Any]) -> Any:
        ratio = params["m_nu4"] ** 2 / params["m_zprime"] ** 2
        return self.rate_coupling(params, scalar) * (parts[0] + ratio * parts[1])

    def cross_section(
        self, params: Params, e_nu: ArrayLike, scalar: Scalar = "hprime", channel: Channel = "incoherent"
    ) -> Any:
        """Cross section of nu_mu N -> nu_4 N phi [cm^2].

        Parameters
        ----------
        params : values by name, as from :meth:`benchmark`.
        e_nu : neutrino energy [GeV], any shape.
        scalar : ``"hprime"`` or ``"H"``.
        channel : ``"incoherent"`` per nucleon; ``"coherent"`` per carbon nucleus, the 144 exp(2 b q2^2) of Eq. 30
            included.

        Returns
        -------
        array of the shape of e_nu; zero below threshold. Good to 1e-3.
        """
        masses, target = self._masses(params, scalar), self._target(channel)
        energies = jnp.asarray(e_nu, dtype=jnp.float64)
        parts = jax.lax.map(lambda e: total(e, masses, target), energies.ravel())
        return self._sum(params, scalar, parts).reshape(energies.shape)

    def differential_cross_section(
        self,
        params: Params,
        e_nu: ArrayLike,
        e_scalar: ArrayLike,
        cos_theta: ArrayLike,
        scalar: Scalar = "hprime",
        channel: Channel = "incoherent",
    ) -> Any:
        """d2sigma / dE_phi dcos(theta_phi) in the laboratory [cm^2/GeV].

        Parameters
        ----------
        params, scalar, channel : as for :meth:`cross_section`.
        e_nu, e_scalar, cos_theta : neutrino energy [GeV], energy [GeV] and cosine of the scalar's angle to the beam;
            broadcast against each other.
        """
        e, e_phi, cos = jnp.broadcast_arrays(*(jnp.asarray(x, dtype=jnp.float64) for x in (e_nu, e_scalar, cos_theta)))
        masses, target = self._masses(params, scalar), self._target(channel)
        return self._sum(params, scalar, differential(e, e_phi, cos, masses, target, Nodes(32, 16, 16)))

    def double_production_cross_section(
        self,
        params: Params,
        e_nu: ArrayLike,
        scalars: tuple[Scalar, Scalar] = ("hprime", "hprime"),
        channel: Channel = "incoherent",
        amplitude: DoubleAmplitude = "complete",
        sampling: Sampling | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cross section of nu_mu N -> nu_4 N phi phi' and its error [cm^2], by seeded Monte Carlo; not for fits.

        Parameters
        ----------
        params, e_nu, channel : as for :meth:`cross_section`.
        scalars : the two that are made.
        amplitude : ``"quartic"``, the coupling Z'Z'phi phi' alone, as the paper has it; ``"complete"``, with two
            emissions one after the other and the exchange of a scalar; see
            :mod:`zprimefit.models.z2hdm.double_production`.
        sampling : points and seed.

        Returns
        -------
        two arrays of the shape of e_nu.
        """
        check_name("amplitude", amplitude, AMPLITUDES)
        for scalar in scalars:
            check_name("scalar", scalar, SCALARS)
        process = process_of(params, scalars, self._target(channel), amplitude)
        value, error = monte_carlo(process, e_nu, sampling or Sampling())
        coupling = float(double_coupling(params, scalars))
        return coupling * value, coupling * error

    def pair_sources(self, scalars: tuple[Scalar, ...] = SCALARS) -> tuple[PairSource, ...]:
        """Scalars that a beam of muon or electron neutrinos makes in CH2 and that decay promptly to e+e-."""
        return tuple(self._pair_source(scalar, flavour) for flavour in MIXINGS for scalar in scalars)

    def _pair_source(self, scalar: Scalar, flavour: Flavour) -> PairSource:
        check_name("scalar", scalar, SCALARS)
        mass_name = "m_hprime" if scalar == "hprime" else "m_H"

        def branching(params: Params) -> Any:
            return self.scalars(params)[scalar].branching("ee")

        def coupling(params: Params) -> Any:
            return self.rate_coupling(params, scalar, flavour) * branching(params)

        def weights(params: Params) -> Any:
            ratio = params["m_nu4"] ** 2 / params["m_zprime"] ** 2
            return jnp.stack([jnp.ones_like(jnp.asarray(ratio)), jnp.asarray(ratio)])

        def cross_section(params: Params, e_nu: Any, channel: Any) -> Any:
            # those of electron neutrinos differ by the mixing
            at = {**params, MIXINGS["mu"]: params[MIXINGS[flavour]]}
            targets = NUCLEONS_IN_CH2 if channel == "incoherent" else 1
            return targets * self.cross_section(at, e_nu, scalar, channel)

        return PairSource(
            name=scalar,
            flavour=flavour,
            mixing=MIXINGS[flavour],
            masses=("m_zprime", mass_name, "m_nu4"),
            pair_mass=mass_name,
            coupling=coupling,
            branching=branching,
            weights=weights,
            unit_density=ScalarDensity(self.coherent_target, self.accuracy, self.incoherent_target),
            channels=CHANNELS,
            cross_section=cross_section,
            events=PairEvents(
                unit=ScalarEvents(self.coherent_target, self.incoherent_target),
                heavy="nu4",
                mediator=scalar,
                daughters=lambda _: {},
                protons=lambda _: PROTONS_IN_CH2 / NUCLEONS_IN_CH2,
            ),
        )

    # -- light particles ------------------------------------------------------------------------------------------

    def vector(self, params: Params) -> LightVector:
        """The Z' with its couplings and widths."""
        return particles.vector(params, self.gauge)

    def scalars(self, params: Params) -> dict[str, LightScalar]:
        """Both scalars with their couplings and widths, by name."""
        return particles.scalars(params, self.variant)

    def flavour_scalars(self, params: Params) -> dict[str, FlavourScalar]:
        """Both scalars with y_etau and y_taue."""
        return scalar_sector.flavour_scalars(params, self.scalars(params))

    def scalar_doublet(self, params: Params) -> ScalarDoublet:
        """H+-, A and the shares of h' and H in the second doublet."""
        return scalar_sector.doublet(params)

    def higgs_decays(self, params: Params) -> HiggsDecays:
        """Decays of h to light scalars and to two photons."""
        return scalar_sector.higgs_decays(params, self.scalars(params))

    def anomalous_baryon_number(self) -> bool:
        """Whether heavy fermions must cancel the anomalies of the gauge group: true for U(1)_B (section III A)."""
        return self.gauge_group == "B"

    def heavy_neutrinos(self, params: Params) -> tuple[HeavyNeutrino, ...]:
        """nu_4, which neutrinos turn into at the Z'."""
        return (particles.heavy_neutrino(params, self.gauge),)

    # -- anomalous moments -----------------------------------------------------------------------------------------

    def delta_a(self, lepton: Literal["e", "mu"], params: Params) -> Any:
        """Contribution of h' and H to the anomalous moment of the electron or muon (Eqs. 33, 34).

        For the electron the tau runs in the loop too: the part with the chirality flip takes the product
        y_etau y_taue; the one without takes (y_etau^2 + y_taue^2)/2, with |y_etau| = |y_taue| where only the product
        is known (the paper prints the product there too, ``variant="as_printed"``; a relative effect of m_e/m_tau).
        """
        check_name("lepton", lepton, ("e", "mu"))
        return sum(self._delta_a_of(scalar, lepton, params) for scalar in SCALARS)

    def delta_a_parts(self, lepton: Literal["e", "mu"], params: Params) -> dict[str, Any]:
        """The same, scalar by scalar."""
        return {scalar: self._delta_a_of(scalar, lepton, params) for scalar in SCALARS}

    def _delta_a_of(self, scalar: Scalar, lepton: Literal["e", "mu"], params: Params) -> Any:
        mass, doublet = decays.scalar_mass(scalar, params), decays.doublet_fraction(scalar, params)
        own = LEPTON_MASSES[lepton]
        flip, plain = scalar_loop(mass, own, own)
        moment = params["y_e" if lepton == "e" else "y_mu"] ** 2 * (flip + plain)
        if lepton == "e":
            flip, plain = scalar_loop(mass, own, LEPTON_MASSES["tau"])
            product = params["y_etau_taue"]
            squares = product if self.variant == "as_printed" else jnp.abs(product)
            moment = moment + product * flip + squares * plain
        return doublet**2 * moment / (8 * jnp.pi**2)

    # -- gauge sector ----------------------------------------------------------------------------------------------

    @property
    def gauge(self) -> GaugeSector:
        """The Z' with its mixing and widths."""
        return GaugeSector(self.gauge_group, self.mixing_scale, self.variant == "as_printed")

    # -- derived quantities ----------------------------------------------------------------------------------------

    @property
    def shears(self) -> dict[str, Shear]:
        """What straightens the likelihood: one pivot for each observable that fixes a combination of parameters.

        Delta a_mu fixes y_mu^2 [sin^2(delta) I(m_h') + cos^2(delta) I(m_H)]; Delta a_e fixes the tau loop, linear in
        y_etau y_taue, plus the electron loop, or y_e as y_mu; the h' rate g_B^2 g_d^4 |U_mu4|^2 cos^2(delta).
        """

        def moment(lepton: Literal["e", "mu"], params: Params) -> Any:
            return 0.5 * jnp.log(self.delta_a(lepton, {**params, f"y_{lepton}": 1.0, "y_etau_taue": 0.0}))

        def electron_loop(params: Params) -> Any:
            electron = self.delta_a("e", {**params, "y_etau_taue": 0.0})
            return electron / (self.delta_a("e", {**params, "y_etau_taue": 1.0}) - electron)

        def rate(params: Params) -> Any:
            return 2 * jnp.log(params["g_d"]) + 0.5 * jnp.log(params["U_mu4_sq"]) + jnp.log(decays.cos_delta(params))

        return {
            "y_mu": Shear("log", partial(moment, "mu")),
            "y_e": Shear("log", partial(moment, "e"), unless="y_etau_taue"),
            "y_etau_taue": Shear("linear", electron_loop),
            "g_B": Shear("log", rate),
        }

    @property
    def rate_pivot(self) -> tuple[str, float]:
        """Parameter whose power multiplies every rate, and the power."""
        return "g_B", 2.0

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Everything that follows from the parameters; see :mod:`zprimefit.models.z2hdm.derived`."""
        return derived_quantities(self)

    def derived(self, params: Params) -> dict[str, Any]:
        """Values of all derived quantities; names end on the unit where there is one."""
        return {quantity.name: quantity(params) for quantity in self.quantities}

    def card(self, params: Params) -> Card:
        """Parameter card at a point; see :mod:`zprimefit.models.z2hdm.card`."""
        return parameter_card(self, params)
