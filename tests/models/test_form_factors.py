"""Form factors and their alternatives: limits, radii, densities, derivatives, and what the options reach."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import spherical_jn

from zprimefit.constants import CARBON_MASS_NUMBER, HBARC_GEV_FM, NUCLEON_MASS
from zprimefit.models import Z2HDM
from zprimefit.models.form_factors import (
    CARBON_FORM_FACTORS,
    CARBON_RANGES,
    HELM_RADIUS_SQUARED,
    HELM_SKIN,
    NUCLEON_FORM_FACTORS,
    carbon_squared_helm,
    isoscalar,
    isoscalar_kelly,
    sachs_kelly,
)
from zprimefit.models.targets import CARBON, CARBON_AS_NUCLEON, NUCLEON
from zprimefit.models.z2hdm.double_production import Sampling, monte_carlo
from zprimefit.models.z2hdm.phase_space import Process
from zprimefit.models.z2hdm.scattering import Masses, Nodes, differential, total

Q2 = -np.geomspace(1e-6, 3.0, 40)


def slope(function):
    """Derivative by q2 at zero [GeV^-2]."""
    return float(jax.grad(function)(0.0))


# -- nucleon ----------------------------------------------------------------------------------------------------------


def test_kelly_has_the_charges_and_moments_of_proton_and_neutron():
    """Magnetic moments in nuclear magnetons, to the digits that everybody agrees on."""
    assert {name: round(float(g), 4) for name, g in sachs_kelly(0.0).items()} == {
        "GEp": 1.0, "GMp": 2.7928, "GEn": 0.0, "GMn": -1.9130,
    }  # fmt: skip


def test_kelly_has_the_charge_radii_of_proton_and_neutron():
    """Proton 0.84-0.88 fm (muonic hydrogen, older electron data); neutron <r^2> = -0.1155 +- 0.0017 fm^2 (PDG)."""
    squared = {
        name: 6 * HBARC_GEV_FM**2 * slope(lambda q2, name=name: sachs_kelly(q2)[name]) for name in ("GEp", "GEn")
    }
    assert 0.84 < np.sqrt(squared["GEp"]) < 0.88
    assert squared["GEn"] == pytest.approx(-0.1155, abs=2 * 0.0017)


@pytest.mark.parametrize("name", ["GEp", "GMp", "GMn"])
def test_kelly_follows_the_dipole_within_ten_percent_up_to_one_gev2(name):
    """The dipole describes all three to that accuracy: the reason why it is in use."""
    q2 = -np.linspace(0, 1, 21)
    ratio = np.asarray(sachs_kelly(q2)[name] / sachs_kelly(0.0)[name]) * (1 - q2 / 0.71) ** 2
    assert np.all(np.abs(ratio - 1) < 0.1)
    assert ratio[0] == 1


@pytest.mark.parametrize("name", NUCLEON_FORM_FACTORS)
def test_isoscalar_form_factors_begin_at_baryon_number_and_isoscalar_anomalous_moment(name):
    f1, f2 = NUCLEON_FORM_FACTORS[name](0.0)
    assert float(f1) == 1
    assert float(f2) == pytest.approx(-0.12, abs=2e-4)


def test_isoscalar_kelly_gives_back_the_sachs_form_factors():
    f1, f2 = isoscalar_kelly(Q2)
    sachs, tau = sachs_kelly(Q2), -Q2 / (4 * NUCLEON_MASS**2)
    assert np.asarray(f1 - tau * f2) == pytest.approx(np.asarray(sachs["GEp"] + sachs["GEn"]), rel=1e-13)
    assert np.asarray(f1 + f2) == pytest.approx(np.asarray(sachs["GMp"] + sachs["GMn"]), rel=1e-13)


def test_isoscalar_kelly_lies_above_the_dipole_by_the_neutron_charge():
    """G_E^n > 0 adds to the proton's: some ten percent of F1 at the momentum transfers of MiniBooNE."""
    q2 = -np.linspace(0.1, 1.0, 10)
    ratio = np.asarray(isoscalar_kelly(q2)[0] / isoscalar(q2)[0])
    assert np.all((ratio > 1) & (ratio < 1.25))


# -- carbon -----------------------------------------------------------------------------------------------------------


def test_helm_is_the_bessel_function_with_a_gaussian_skin():
    q = np.sqrt(-Q2)
    ball = 3 * spherical_jn(1, q * np.sqrt(HELM_RADIUS_SQUARED)) / (q * np.sqrt(HELM_RADIUS_SQUARED))
    expected = 144 * ball**2 * np.exp(-((q * HELM_SKIN) ** 2))
    assert np.asarray(carbon_squared_helm(Q2)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("q2", [-0.01, -0.05, -0.2])
def test_helm_is_the_transform_of_a_ball_smeared_by_a_gaussian(q2):
    """The density written out in radius: a ball of radius R folded with exp(-r^2 / 2 s^2)."""
    radius, q = np.sqrt(HELM_RADIUS_SQUARED), np.sqrt(-q2)

    def density(r):
        def line(x):
            near, far = (r - x) ** 2, (r + x) ** 2
            return x * (np.exp(-near / (2 * HELM_SKIN**2)) - np.exp(-far / (2 * HELM_SKIN**2)))

        return quad(line, 0, radius)[0] / r

    far = radius + 8 * HELM_SKIN
    charge = quad(lambda r: r**2 * density(r), 1e-9, far)[0]
    moment = quad(lambda r: r * density(r) * np.sin(q * r) / q, 1e-9, far)[0]
    assert float(carbon_squared_helm(q2)) == pytest.approx(144 * (moment / charge) ** 2, rel=1e-7)


@pytest.mark.parametrize("name", CARBON_FORM_FACTORS)
def test_carbon_form_factor_begins_at_the_square_of_the_mass_number_and_falls_over_its_range(name):
    function = CARBON_FORM_FACTORS[name]
    assert float(function(0.0)) == CARBON_MASS_NUMBER**2
    assert slope(lambda q2: jnp.log(function(q2))) == pytest.approx(1 / CARBON_RANGES[name], rel=1e-12)


def test_carbon_radii_stand_on_either_side_of_the_measured_one():
    """Charge radius 2.47 fm by electron scattering and muonic atoms; Helm's formula is made for heavier nuclei."""
    radii = {name: np.sqrt(3 / q2) * HBARC_GEV_FM for name, q2 in CARBON_RANGES.items()}
    assert 2.40 < radii["gaussian"] < 2.47 < radii["helm"] < 2.60


def test_helm_is_smooth_where_its_series_meets_the_closed_form():
    joint = -0.1 / HELM_RADIUS_SQUARED
    for function in (carbon_squared_helm, jax.grad(carbon_squared_helm), jax.grad(jax.grad(carbon_squared_helm))):
        below, above = (float(function(joint * (1 + step))) for step in (-1e-9, 1e-9))
        assert below == pytest.approx(above, rel=1e-7)


@pytest.mark.parametrize("function", [*CARBON_FORM_FACTORS.values(), lambda q2: isoscalar_kelly(q2)[0]])
def test_form_factors_have_finite_derivatives_from_zero_on(function):
    values = jax.vmap(jax.value_and_grad(function))(jnp.asarray([0.0, *Q2]))
    assert all(np.isfinite(v).all() for v in values)
    step = 1e-6
    for q2 in (-0.003, -0.2):
        difference = (float(function(q2 + step)) - float(function(q2 - step))) / (2 * step)
        assert float(jax.grad(function)(q2)) == pytest.approx(difference, rel=1e-6)


# -- options of the model ---------------------------------------------------------------------------------------------


def test_default_options_are_the_targets_of_the_paper():
    assert Z2HDM().incoherent_target == NUCLEON
    assert Z2HDM().coherent_target == CARBON
    assert Z2HDM(coherent="nucleon").coherent_target == CARBON_AS_NUCLEON


def test_options_change_their_own_channel_only():
    kelly, helm, base = Z2HDM(nucleon_form_factors="kelly"), Z2HDM(carbon_form_factor="helm"), Z2HDM()

    def change(model, channel):
        targets = [getattr(m, f"{channel}_target") for m in (model, base)]
        changed, plain = (monte_carlo(Process(0.8, 0.05, (0.023,), t), 0.8, Sampling(12, 4))[0] for t in targets)
        return float(changed / plain)

    assert change(kelly, "coherent") == 1
    assert change(helm, "incoherent") == 1
    assert change(kelly, "incoherent") == pytest.approx(1.06, abs=0.02)
    assert change(helm, "coherent") == pytest.approx(0.77, abs=0.03)


def test_options_reach_the_spectra_and_models_that_differ_in_them_share_nothing():
    options = ({}, {"nucleon_form_factors": "kelly"}, {"carbon_form_factor": "helm"})
    densities = [Z2HDM(**option).pair_sources()[0].unit_density for option in options]
    assert len(set(densities)) == len({repr(Z2HDM(**option)) for option in options}) == 3
    assert densities[1].refined().incoherent == densities[1].incoherent


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nucleon_form_factors": "dipole"}, "unknown nucleon_form_factors 'dipole'.*Available: paper, kelly"),
        ({"carbon_form_factor": "helmet"}, "unknown carbon_form_factor 'helmet'; did you mean 'helm'"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Z2HDM(**options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "target",
    [Z2HDM(carbon_form_factor="helm").coherent_target, Z2HDM(nucleon_form_factors="kelly").incoherent_target],
    ids=["helm", "kelly"],
)
def test_nodes_hold_the_stated_accuracy_with_the_alternatives(target):
    """1e-3, against many more nodes; masses at the ends of their domains."""
    energy, cosine = np.meshgrid([0.12, 0.25, 0.5, 1.0], [0.99, 0.9, 0.5, 0.0])
    for masses in (Masses(0.03, 0.005, 0.15), Masses(0.03, 0.1, 0.001), Masses(2.0, 0.1, 0.15)):
        for e_nu in (0.8, 3.0):
            found, expected = (np.array(total(e_nu, masses, target, n)) for n in (32, 80))
            assert found == pytest.approx(expected, rel=1e-3)
            point = np.full_like(energy, e_nu), energy, cosine
            found, expected = (
                np.array(differential(*point, masses, target, nodes)) for nodes in (Nodes(24, 4, 4), Nodes(72, 32, 32))
            )
            counted = expected > 1e-3 * expected.max()
            assert found[counted] == pytest.approx(expected[counted], rel=1e-3)
