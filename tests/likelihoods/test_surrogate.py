"""Spectra interpolated in the masses: agreement with direct integration, the cache, and where it is refused."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from zprimefit.files import cache_folder
from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.miniboone.spectrum import unit_spectrum
from zprimefit.likelihoods.surrogate import LOST, Recipe, build
from zprimefit.likelihoods.surrogate_nodes import FLOOR, HELD_OUT_POINTS, LEAST, PROBED
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
LIKELIHOOD = MiniBooNE(scalars=("hprime",))
ALL_POINTS = HELD_OUT_POINTS + PROBED + LEAST
"""Integrations of something smooth along one axis."""


def box(low=0.4, high=1.2):
    """All of the model's parameters; of the masses only m_Z' is free, in these bounds [GeV]."""
    changes = {
        "m_zprime": {"bounds": (low, high), "default": min(high, max(low, 0.8))},
        "m_hprime": {"free": False},
        "m_nu4": {"free": False},
    }
    return {p.name: p.with_(**changes.get(p.name, {})) for p in MODEL.parameters}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _use_the_cache(cache, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(cache))


@pytest.fixture(scope="module")
def bound(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZPRIMEFIT_CACHE", str(cache))
        return LIKELIHOOD.bind(MODEL, box(), engine="surrogate")


@pytest.fixture(scope="module")
def direct():
    """Masses -> numbers per unit coupling (n_parts, n)."""
    spectrum = unit_spectrum(MODEL.pair_sources(("hprime",))[0], LIKELIHOOD.folding)
    return lambda m_zprime: np.asarray(spectrum(np.array([m_zprime, 0.023, 0.05]))).sum(axis=0)


def test_surrogate_agrees_with_direct_integration_within_its_stated_error(bound, direct):
    surrogate = bound.surrogates["hprime", "mu"]
    assert surrogate.axes == ("m_zprime",)
    assert 0 < bound.error < 1e-3  # per bin: what a spectrum by direct integration claims
    rng = np.random.default_rng(11)
    for m_zprime in np.exp(rng.uniform(np.log(0.4), np.log(1.2), 12)):
        found, exact = (
            np.split(numbers, np.cumsum(LIKELIHOOD.folding.segments)[:-1], axis=-1)
            for numbers in (np.asarray(surrogate({"m_zprime": m_zprime})), direct(m_zprime))
        )
        for ours, true in zip(found, exact, strict=True):
            counted = true > FLOOR * true.sum(axis=-1, keepdims=True)
            # the error is a maximum over random points: others may lie a little above it
            assert np.abs(ours / true - 1)[counted].max() < 2 * bound.error


def test_surrogate_is_exact_at_its_nodes_but_for_what_its_rank_loses(bound, direct):
    surrogate = bound.surrogates["hprime", "mu"]
    assert 1 < len(surrogate.basis) < 48
    for point in surrogate.box.points()[::3]:
        found = np.asarray(surrogate({"m_zprime": np.exp(point[0])}))
        assert found == pytest.approx(direct(float(np.exp(point[0]))), rel=1.01 * LOST)


def test_bound_likelihood_is_that_of_direct_integration(bound):
    exact = LIKELIHOOD.bind(MODEL, box(), engine="direct")
    assert exact.error is None
    params = TABLE1 | {"m_zprime": 0.61}
    assert bound.predict(params)["fhc"] == pytest.approx(exact.predict(params)["fhc"], rel=2 * bound.error)
    assert float(bound(params)) == pytest.approx(float(exact(params)), abs=0.02)


def _files(cache):
    return sorted(cache.glob("spectrum-*.npz"))


def _build(calls, parameters, label="test"):
    """Build for a smooth stand-in of the spectra, which costs nothing, and note every mass point it is asked for."""

    def spectra(masses):
        calls.append(masses)
        m_zprime, m_hprime, m_nu4 = masses
        bins = np.arange(1.0, 12.0)
        parts = np.array([[*bins, *(2 * bins)], [*bins**2, *(bins + m_nu4)]]) / (m_zprime**2 + m_hprime**2)
        return np.stack([parts, 3 * parts])

    return build(Recipe("spectra", label, (), (11, 11)), spectra, parameters, ("m_zprime", "m_hprime", "m_nu4"), None)


@pytest.fixture(scope="module")
def tiny():
    return box(0.79, 0.81)


def test_second_build_reads_the_cache(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path / "new" / "folder"))
    calls = []
    first = _build(calls, tiny)
    assert len(calls) == ALL_POINTS
    assert cache_folder() == tmp_path / "new" / "folder"
    assert len(_files(cache_folder())) == 1
    second = _build(calls, tiny)
    assert len(calls) == ALL_POINTS
    assert np.array_equal(first.coefficients, second.coefficients)
    assert np.array_equal(first.basis, second.basis)
    assert (first.error, first.shape) == (second.error, second.shape)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:1000] + bytes([content[1000] ^ 1]) + content[1001:],
        lambda content: b"not an archive at all",
    ],
    ids=["truncated", "empty", "one-bit", "text"],
)
def test_damaged_cache_is_rebuilt(tiny, tmp_path, monkeypatch, damage):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    calls = []
    first = _build(calls, tiny)
    (path,) = _files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    calls.clear()
    again = _build(calls, tiny)
    assert len(calls) == ALL_POINTS
    assert again.coefficients == pytest.approx(first.coefficients, rel=1e-14)
    calls.clear()
    _build(calls, tiny)
    assert not calls


def test_another_box_fixed_mass_or_label_has_another_key(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    heavier = tiny | {"m_nu4": tiny["m_nu4"].with_(default=0.06)}
    for i, (parameters, label) in enumerate(
        [(tiny, "a"), (box(0.79, 0.8101), "a"), (heavier, "a"), (tiny, "b")], start=1
    ):
        _build([], parameters, label)
        assert len(_files(tmp_path)) == i


def test_unwritable_cache_costs_nothing_but_time(tiny, tmp_path, monkeypatch):
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(blocked))
    calls = []
    assert _build(calls, tiny).error < 1e-3
    assert len(calls) == ALL_POINTS


def test_box_across_the_edge_of_eq_32_is_refused():
    parameters = {p.name: p for p in MODEL.parameters}
    message = r"acceptance='eq32' pairs of m_hprime near 0\.1 GeV .* bounds below 29 MeV, or use engine='direct'"
    with pytest.raises(ValueError, match=message):
        LIKELIHOOD.bind(MODEL, parameters, engine="surrogate")
    LIKELIHOOD.bind(MODEL, parameters, engine="direct")


def test_scalar_that_is_never_one_ring_needs_no_surrogate(bound):
    both = MiniBooNE().bind(MODEL, box(), engine="surrogate")
    assert set(both.surrogates) == {("hprime", "mu")}
    assert both.predict(TABLE1)["rhc"] == pytest.approx(bound.predict(TABLE1)["rhc"], rel=1e-12)


def test_bins_that_nothing_reaches_do_not_spoil_the_others(tmp_path, monkeypatch):
    """Zero has no logarithm: empty bins are lifted to 1e-9 of their histogram."""
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))

    def spectra(masses):
        return np.array([[0.0, 1.0, 2.0, 0.0, 5.0]]) / masses[0]

    surrogate = build(Recipe("spectra", "empty", (), (3, 2)), spectra, box(), ("m_zprime",), None)
    assert surrogate.error < 1e-9
    found = np.asarray(surrogate({"m_zprime": 0.5}))[0]
    assert found == pytest.approx([6e-9, 2.0, 4.0, 1e-8, 10.0], rel=1e-6)


def _peak(width):
    """A stand-in for spectra, peaked at m_Z' = 0.7 GeV."""
    return lambda masses: np.array([[1.0, 2.0]]) / ((masses[0] - 0.7) ** 2 + width**2)


def test_narrower_peak_takes_more_nodes_for_the_same_error(tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    orders = []
    for width in (1.0, 0.3, 0.1, 0.02):
        surrogate = build(Recipe("spectra", f"peak {width}", (), (2,)), _peak(width), box(), ("m_zprime",), None)
        assert surrogate.error < 1e-3
        orders += surrogate.box.orders
    assert orders[0] < orders[1] < orders[2] < orders[3]
    # what the lines cannot see any more is found at the held-out points
    assert orders[3] > 3 * PROBED


@pytest.mark.parametrize(
    "rates",
    [_peak(0.02), lambda masses: np.array([[1.0, 1.0 + (masses[0] > 0.7)]])],
    ids=["peak that takes more nodes than there may be", "step that no number of nodes resolves"],
)
def test_error_above_the_target_is_said_and_stored(tmp_path, monkeypatch, rates):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    monkeypatch.setattr("zprimefit.likelihoods.surrogate.MOST_NODES", 30)
    lines = []

    def build_once():
        return build(Recipe("spectra", "hard", (), (1, 1)), rates, box(), ("m_zprime",), lines.append)

    surrogate = build_once()
    assert surrogate.error > 1e-3
    assert surrogate.box.orders[0] <= 30
    assert lines[-1].endswith(f"error at 64 held-out points {surrogate.error:.1e}, above the 0.001 asked for")
    assert any("nodes; adding some" in line for line in lines)
    assert build_once().error == surrogate.error


def test_error_of_the_integration_counts(tmp_path, monkeypatch):
    """What is interpolated may be a percent off, and no more nodes can tell."""
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    coarse, fine = _peak(1.0), lambda masses: 1.01 * _peak(1.0)(masses)
    surrogate = build(Recipe("spectra", "coarse", (), (2,)), coarse, box(), ("m_zprime",), None, fine)
    assert surrogate.error == pytest.approx(0.0099, abs=6e-4)


def test_threshold_within_the_bounds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))

    def spectra(masses):
        return np.array([[1.0, 2.0]]) * (masses[0] < 0.7)

    message = r"spectra: none at \d+ of \d+ mass points, .* narrow the bounds, or use engine='direct'"
    with pytest.raises(ValueError, match=message):
        build(Recipe("spectra", "threshold", (), (2,)), spectra, box(), ("m_zprime",), None)


def test_rates_end_at_a_threshold_that_is_known(tmp_path, monkeypatch):
    """They are not zero below it: what decays is made anyway, and opens all at once."""
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))

    def spectra(masses):
        return np.array([[1.0, 2.0]]) * (2 + masses[0]) * (masses[0] < 0.7)

    def built(end):
        ends = {"m_zprime": end}
        return build(Recipe("spectra", "known", (), (2,)), spectra, box(), ("m_zprime",), None, closed_from=ends)

    surrogate = built(0.7)
    assert surrogate.error < 1e-4
    below, above = (np.asarray(surrogate({"m_zprime": m}))[0] for m in (0.7 - 1e-9, 0.7))
    assert below == pytest.approx([2.7, 5.4], rel=1e-4)
    assert np.array_equal(above, [0.0, 0.0])
    slope = jax.grad(lambda m: surrogate({"m_zprime": m})[0, 0])
    assert float(slope(0.6)) == pytest.approx(1.0, rel=0.01)
    assert float(slope(0.8)) == 0.0
    # outside the bounds it changes nothing
    with pytest.raises(ValueError, match="a threshold lies within the bounds"):
        built(2.0)


def test_source_that_is_closed_everywhere_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    closed = build(Recipe("spectra", "closed", (), (2,)), lambda m: np.zeros((1, 2)), box(), ("m_zprime",), None)
    assert np.asarray(closed({"m_zprime": 0.5})).max() < 1e-290


def test_fixed_mass_with_another_value_is_integrated(bound):
    """The surrogate knows one value of a fixed mass: at another it must not answer."""
    heavier = TABLE1 | {"m_nu4": 0.1}
    exact = LIKELIHOOD.bind(MODEL, box(), engine="direct").predict(heavier)["fhc"]
    assert bound.predict(heavier)["fhc"] == pytest.approx(exact, rel=1e-12)
    assert bound.predict(TABLE1)["fhc"] != pytest.approx(exact, rel=0.01)


def test_events_of_electron_neutrinos_are_integrated_where_their_mixing_was_fixed_at_zero(bound):
    mixed = TABLE1 | {"U_e4_sq": 2.6e-5}
    exact = LIKELIHOOD.predict(MODEL, mixed)["fhc"]
    assert bound.predict(mixed)["fhc"] == pytest.approx(exact, rel=2 * bound.error)
    assert bound.predict(mixed)["fhc"].sum() > 1.004 * bound.predict(TABLE1)["fhc"].sum()


def test_one_compiled_spectrum_serves_several_traces():
    """Fixed matrices made inside one trace must not leak into the next."""
    folding = replace(LIKELIHOOD, efficiency_at="reconstructed").folding
    spectrum = unit_spectrum(MODEL.pair_sources(("hprime",))[0], folding)
    masses = np.array([0.8, 0.023, 0.05])
    first, second = (jax.jit(lambda m, f=factor: f * spectrum(m))(masses) for factor in (1.0, 2.0))
    assert np.asarray(second) == pytest.approx(2 * np.asarray(first))


def test_spectrum_without_free_masses_is_one_integration(tmp_path, monkeypatch):
    """The simplest analysis: couplings alone are free."""
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    fixed = {name: p.with_(free=False) if name == "m_zprime" else p for name, p in box().items()}
    bound = LIKELIHOOD.bind(MODEL, fixed, engine="surrogate")
    assert bound.error < 1e-3
    exact = LIKELIHOOD.predict(MODEL, TABLE1 | {"g_B": 1e-4})["fhc"]
    assert bound.predict(TABLE1 | {"g_B": 1e-4})["fhc"] == pytest.approx(exact, rel=1e-9)
