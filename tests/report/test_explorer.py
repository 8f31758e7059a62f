"""What the explorer shows of a point, without a page."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from explored import FREE, YAML

from zprimefit.analyses import Analysis
from zprimefit.analyses.evaluation import evaluate
from zprimefit.analyses.loading import from_text
from zprimefit.analyses.reading import read_yaml
from zprimefit.likelihoods import AnomalousMagneticMoment, MiniBooNE
from zprimefit.models import Z2HDM
from zprimefit.report.explorer import Explorer, Slider
from zprimefit.report.explorer_fit import StoppedError, fit_from
from zprimefit.report.explorer_plane import plane_of
from zprimefit.report.spectra import panels_of

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def explorer():
    return Explorer(from_text(YAML, HERE, where="explored"))


@pytest.fixture
def elsewhere(explorer):
    """A point away from the defaults: the limit is exceeded, both moments are off."""
    return np.array([0.5, 4e-3, 4e-4, 1e-6])


def test_a_slider_stands_for_every_free_parameter(explorer):
    assert explorer.analysis.free_parameters == FREE
    assert [s.parameter.scale for s in explorer.sliders] == ["log", "log", "log", "linear"]


def test_slider_of_a_log_parameter_has_its_geometric_mean_in_the_middle(explorer):
    slider = explorer.sliders[FREE.index("g_B")]
    assert slider.value(sum(slider.ends) / 2) == pytest.approx(np.sqrt(1e-6 * 1e-1))
    assert slider.value(slider.position(3e-4)) == pytest.approx(3e-4)
    assert slider.value(slider.ends[1] + 1) == 1e-1


def test_typed_values_have_units_and_bounds(explorer):
    mass = explorer.sliders[0]
    assert mass.read("750 MeV") == pytest.approx(0.75)
    assert mass.read(mass.text(0.0325)) == pytest.approx(0.0325)
    with pytest.raises(ValueError, match=r"m_zprime: 3 GeV lies outside \[30 MeV, 2 GeV\]"):
        mass.read("3 GeV")
    with pytest.raises(ValueError, match="m_zprime: cannot read 'heavy'"):
        mass.read("heavy")


def test_rows_are_what_eval_says(explorer, elsewhere):
    view = explorer.look(elsewhere)
    point = {name: float(value) for name, value in explorer.analysis.params(elsewhere).items()}
    found = evaluate(explorer.analysis, point)
    assert [row.name for row in view.rows] == list(found["components"])
    for row in view.rows:
        told = found["components"][row.name]
        assert (row.verdict, row.n_data) == (told["verdict"], told["n_data"])
        assert row.minus2lnl == pytest.approx(told["minus2lnl"], rel=1e-9)
        assert row.mu == pytest.approx(told["mu"]) if "mu" in told else row.mu is None
    assert {row.kind for row in view.rows} == {"allowed", "excluded"}
    assert view.minus2lnl == pytest.approx(explorer.analysis.minus2lnl(elsewhere), rel=1e-12)


def test_moments_have_measurement_prediction_and_pull(explorer, elsewhere):
    mu, e = explorer.look(elsewhere).moments
    assert (mu.value, mu.sigma, e.lepton) == (2.79e-9, 7.6e-10, "e")
    assert mu.pull**2 == pytest.approx(explorer.look(elsewhere).rows[0].minus2lnl)


def test_benchmark_restores_the_free_parameters_and_says_what_is_fixed_elsewhere(explorer):
    values, notes = explorer.benchmark("table1")
    table1 = Z2HDM().benchmark()
    assert values.tolist() == [table1[name] for name in FREE]
    assert notes == ()
    other = Explorer(explorer.analysis.with_parameters({"y_etau_taue": {"free": False, "default": 0.0}}))
    assert other.benchmark("table1")[1] == ("y_etau_taue is -5.6e-07 in table1, and fixed at 0",)


def test_yaml_of_a_point_loads_to_it(explorer, elsewhere):
    changes = read_yaml(explorer.yaml(elsewhere), "point")
    assert from_text(YAML, HERE, where="explored", **changes).defaults().tolist() == elsewhere.tolist()


def test_analysis_without_free_parameters_is_refused():
    fixed = tuple(p.with_(free=False) for p in Z2HDM().parameters)
    with pytest.raises(ValueError, match="no free parameters; set free: true"):
        Explorer(Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"),), fixed))


# -- the plane


def test_limit_of_the_plane_is_where_mu_is_one(explorer, elsewhere):
    plane = plane_of(explorer.analysis)
    assert (plane.mass.name, plane.coupling.name, plane.labels) == ("m_zprime", "g_B", ("my-limit",))
    limit = plane.limit("my-limit", elsewhere)
    assert limit.kind == "excluded"
    assert limit.lower == pytest.approx(1e-3 * limit.x / 0.8, rel=1e-6)
    assert np.isinf(limit.upper).all()


def test_moving_the_star_changes_mass_and_coupling_alone_and_stays_within_bounds(explorer, elsewhere):
    plane = plane_of(explorer.analysis)
    assert plane.place(elsewhere) == (0.5, 4e-3)
    assert plane.moved(elsewhere, (0.1, 1e-5)).tolist() == [0.1, 1e-5, *elsewhere[2:]]
    assert plane.moved(elsewhere, (5.0, 0.0)).tolist() == [2.0, 1e-6, *elsewhere[2:]]


def test_lines_of_the_plane_have_their_height(explorer, elsewhere):
    lines = plane_of(explorer.analysis).contours(elsewhere)
    assert {level for level, _ in lines} == {2.30, 6.18}
    plane, lowest = plane_of(explorer.analysis), explorer.analysis.minus2lnl([2.0, 1e-6, *elsewhere[2:]])
    for level, line in lines:
        mass, coupling = line[len(line) // 2]
        height = explorer.analysis.minus2lnl(plane.moved(elsewhere, (mass, coupling))) - lowest
        assert height == pytest.approx(level, rel=0.2)


def test_analysis_without_limits_shows_those_of_figure_6_dashed(explorer):
    plane = plane_of(explorer.analysis)
    bare = Analysis(Z2HDM(), (MiniBooNE(), AnomalousMagneticMoment("mu")))
    found = plane_of(bare)
    assert plane.limits_of_the_analysis
    assert not found.limits_of_the_analysis
    assert found.labels == ("u1b-anomaly", "na64-invisible", "babar-invisible")


def test_no_plane_where_the_mass_is_fixed(explorer):
    assert plane_of(explorer.analysis.with_parameters({"m_zprime": {"free": False}})) is None


# -- a fit from a point


def test_fit_from_a_point_ends_lower_and_tells_how_far_it_is(explorer, elsewhere):
    told = []
    before = explorer.analysis.minus2lnl(elsewhere)
    found = fit_from(explorer.analysis, elsewhere, lambda n, lowest: told.append((n, lowest)), Event())
    assert found.minus2lnl < 1e-3 < before == found.before
    assert found.minus2lnl == pytest.approx(explorer.analysis.minus2lnl(found.values), abs=1e-9)
    assert [n for n, _ in told] == list(range(1, found.n_calls + 1))
    assert str(found).startswith("fit ")


def test_fit_that_is_stopped_ends_at_its_next_evaluation(explorer, elsewhere):
    stop, told = Event(), []

    def tell(n, _lowest):
        told.append(n)
        if n == 3:
            stop.set()

    with pytest.raises(StoppedError):
        fit_from(explorer.analysis, elsewhere, tell, stop)
    assert told == [1, 2, 3]


# -- spectra


def test_spectra_are_those_of_the_analysis():
    """All masses fixed: a surrogate of one point."""
    likelihood = MiniBooNE(scalars=("hprime",))
    free = tuple(p.with_(free=p.name in {"g_B", "U_mu4_sq"}) for p in Z2HDM().parameters)
    analysis = Analysis(Z2HDM(), (likelihood,), free, name="couplings")
    explorer = Explorer(analysis)
    view = explorer.look([5e-4, 9e-7])
    signal = analysis.term("miniboone").predict(analysis.params([5e-4, 9e-7]))
    for panel, expected in zip(view.panels, panels_of(likelihood, signal), strict=True):
        assert panel.title == expected.title
        assert panel.signal == pytest.approx(expected.signal)
        assert panel.data.tolist() == expected.data.tolist()
    assert Slider(analysis.free[0]).parameter.name == "g_B"
