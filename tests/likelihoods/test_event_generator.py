"""Events: momenta, labels, seeds; rates and spectra against the quadrature."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.generator import antineutrino_share, generated
from zprimefit.likelihoods.miniboone.reconstruction import reconstructed
from zprimefit.likelihoods.miniboone.sources import masses_of
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.models import BLSM, Z2HDM
from zprimefit.models.kinematics import dot

N = 20_000
A, B = Z2HDM(), BLSM()
POINTS = {"z2hdm": A.benchmark() | {"m_zprime": 0.3}, "blsm": B.benchmark() | {"g_BL": 1e-4, "g_tilde": 1e-4}}
SOURCES = {"z2hdm": A.pair_sources(("hprime",))[:1], "blsm": B.pair_sources(("nu5_to_nu",))[:1]}
both = pytest.mark.parametrize("name", POINTS)


def draw(name, n, **options):
    return generated(name, SOURCES[name], POINTS[name], **{"mode": "fhc", "n": n, "seed": 5} | options)


@pytest.fixture(scope="module")
def drawn():
    return {name: draw(name, N) for name in POINTS}


@both
def test_momentum_is_conserved_at_every_vertex(drawn, name):
    at = drawn[name].particles
    made = ("recoil", "heavy") if "daughter" in at else ("recoil", "heavy", "mediator")
    vertices = [(("neutrino", "target"), made), (("mediator",), ("electron", "positron"))]
    vertices += [(("heavy",), ("daughter", "mediator"))] if "daughter" in at else []
    for before, after in vertices:
        total = sum(at[role] for role in before)
        assert np.abs(total - sum(at[role] for role in after)).max(axis=1) == pytest.approx(
            np.zeros(N), abs=1e-12 * total[:, 0].max()
        )


@both
def test_every_particle_is_on_its_shell(drawn, name):
    events = drawn[name]
    for role, momentum in events.particles.items():
        off = np.abs(dot(momentum, momentum) - events.masses[role] ** 2)
        assert (off < 1e-10 * momentum[:, 0] ** 2).all(), role


@both
def test_shorter_sample_begins_a_longer_one(drawn, name):
    short = draw(name, 300)
    for role, momentum in short.particles.items():
        assert np.array_equal(momentum, drawn[name].particles[role][:300])
        assert np.array_equal(short.numbers[role], drawn[name].numbers[role][:300])
    assert not np.array_equal(draw(name, 5, seed=6).particles["electron"], short.particles["electron"][:5])


@both
def test_weights_are_one_and_nothing_exceeds_its_bound(drawn, name):
    assert drawn[name].overweight == 0
    assert np.array_equal(drawn[name].weight, np.ones(N))
    assert drawn[name].per_weight * N == pytest.approx(drawn[name].expected, rel=1e-12)


def test_rate_and_spectrum_of_chains_are_those_of_the_rays(drawn):
    (source,), point, events = SOURCES["blsm"], POINTS["blsm"], drawn["blsm"]
    e, cosine, weights = source.unit_density.rays(masses_of(source, point), exposed_flux(("fhc",)), highest_energy())
    weight = float(source.coupling(point)) * np.einsum("p,tpmr->tr", source.weights(point), np.asarray(weights))
    assert events.expected == pytest.approx(weight.sum(), rel=4 * events.error / events.expected + 3e-4)
    momentum = events.particles["mediator"]
    cosines = momentum[:, 3] / np.linalg.norm(momentum[:, 1:], axis=1)
    for t, channel in enumerate(source.channels):
        mine, share = events.channel == events.channels.index(channel), weight[t] / weight[t].sum()
        assert mine.mean() == pytest.approx(weight[t].sum() / weight.sum(), abs=4 / (2 * N**0.5))
        for ours, theirs in ((momentum[mine, 0], np.asarray(e)), (cosines[mine], np.asarray(cosine))):
            assert ours.mean() == pytest.approx(share @ theirs, abs=4 * ours.std() / mine.sum() ** 0.5)


def test_reconstructed_scalars_fill_the_bins_as_the_spectrum_does(drawn):
    """Rate and shape at once: the number made comes from the cross section in the events, from densities there."""
    (source,), point, events = SOURCES["z2hdm"], POINTS["z2hdm"], drawn["z2hdm"]
    folding = Folding("costheta", ("fhc",), "opening13", "true")
    found = np.asarray(unit_spectrum(source, folding)(masses_of(source, point)))
    expected = float(source.coupling(point)) * np.einsum("p,tpb->tb", source.weights(point), found)[:, :-1]
    rings = reconstructed(events, "opening13", np.random.default_rng(7))
    cut = (rings.enuqe > 0.2) & (rings.enuqe < 1.25)
    for t, channel in enumerate(source.channels):
        mine = cut & (events.channel[rings.event] == events.channels.index(channel))
        counts = np.histogram(rings.cos_theta[mine], np.linspace(-1, 1, expected.shape[1] + 1))[0]
        mean = expected[t] / events.per_weight
        variance = mean + (mean * events.error / events.expected) ** 2
        assert chi2.sf(np.sum((counts - mean) ** 2 / variance), len(mean)) > 1e-3


def test_signs_follow_the_neutrino_and_targets_the_channel(drawn):
    for events in drawn.values():
        sign = np.sign(events.numbers["neutrino"])
        assert np.array_equal(np.sign(events.numbers["heavy"]), sign)
        coherent = events.channel == events.channels.index("coherent")
        assert np.array_equal(events.numbers["target"] == 1000060120, coherent)
    struck = drawn["z2hdm"].numbers["target"][drawn["z2hdm"].channel == 0]
    assert np.mean(struck == 2212) == pytest.approx(8 / 14, abs=4 / (2 * len(struck) ** 0.5))


def test_antineutrinos_prevail_in_their_mode():
    energies = np.array([0.4, 0.8])
    assert (antineutrino_share("rhc", "mu", energies) > 0.7).all()
    assert (antineutrino_share("fhc", "mu", energies) < 0.1).all()


def test_frame_has_a_row_for_every_event_and_says_what_they_stand_for(drawn):
    frame = drawn["z2hdm"].to_frame()
    assert len(frame) == N
    assert frame["pairs"].sum() == pytest.approx(drawn["z2hdm"].expected)
    assert frame["electron_E"].to_numpy() == pytest.approx(drawn["z2hdm"].particles["electron"][:, 0])
    assert frame.attrs["point"]["m_zprime"] == 0.3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "nu"}, "unknown mode 'nu'"),
        ({"n": 0}, "expected n >= 1"),
        ({"params": POINTS["z2hdm"] | {"g_B": 0.0}}, "no pairs are made at this point"),
        ({"sources": (replace(SOURCES["z2hdm"][0], events=None),)}, "does not say how events are drawn"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, message):
    given = {"sources": SOURCES["z2hdm"], "params": POINTS["z2hdm"], "mode": "fhc", "n": 5, "seed": 1} | options
    with pytest.raises(ValueError, match=message):
        generated("z2hdm", **given)
