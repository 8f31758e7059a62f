"""Single published inputs: against sums, against each other, and against the releases they summarise."""

import numpy as np
import pytest

from zprimefit import datasets
from zprimefit.datasets import background_errors, electron_like, fractional_covariance, nd280_flux, published_inputs

TABLES = (
    "miniboone-dm-2018/off_target",
    "lsnd-2001/beam_and_detector",
    "karmen-2002/detector",
    "t2k-2016/nd280_gas",
    "z2hdm-2020/double_bang",
)
TOTALS = ("unconstrained", "constrained", "excess")


@pytest.mark.parametrize("table", TABLES)
def test_every_input_has_a_source_and_a_status(table):
    for name, row in published_inputs(table).items():
        assert row.name == name
        assert row.publication
        assert row.location
        assert row.meaning
        assert row.unit
        assert row.status in {"checked", "derived", "unconfirmed"}
        assert np.isfinite(row.value)


def test_unknown_table_of_inputs_is_refused():
    with pytest.raises(datasets.DatasetError, match="no table 'lsnd-2001/flux' is shipped"):
        published_inputs("lsnd-2001/flux")


# -- backgrounds of MiniBooNE (arXiv:2006.16883, Table I) ----------------------------------------------------


@pytest.mark.parametrize("mode", datasets.MODES)
def test_nine_components_add_up_to_the_unconstrained_background(mode):
    found = background_errors(mode)
    components = [c for name, c in found.items() if name not in TOTALS]
    assert len(components) == 9
    assert sum(c.events for c in components) == pytest.approx(found["unconstrained"].events, abs=0.05)


@pytest.mark.parametrize("mode", datasets.MODES)
def test_unconstrained_background_is_that_of_the_release(mode):
    release = electron_like(mode).background[:9].sum()
    assert background_errors(mode)["unconstrained"].events == pytest.approx(release, abs=0.1)


@pytest.mark.parametrize(("mode", "tolerance"), [("fhc", 1.5), ("rhc", 2.4)])
def test_components_are_the_parts_of_the_release(mode, tolerance):
    """Delta -> N gamma differs most: the release counts 1.4 and 2.3 events of it among the others."""
    found, parts = background_errors(mode), electron_like(mode).parts
    for names in {c.parts for name, c in found.items() if name not in TOTALS}:
        of_table = sum(c.events for c in found.values() if c.parts == names)
        assert of_table == pytest.approx(sum(parts[n][:9].sum() for n in names), abs=tolerance)


@pytest.mark.parametrize("mode", datasets.MODES)
def test_components_cover_every_part_of_the_release(mode):
    found = background_errors(mode)
    covered = {part for name, c in found.items() if name not in TOTALS for part in c.parts}
    assert covered == set(electron_like(mode).parts) == set(found["unconstrained"].parts)


@pytest.mark.parametrize(("mode", "block"), [("fhc", 0), ("rhc", 1)])
def test_error_of_the_unconstrained_background_is_that_of_the_covariance(mode, block):
    """256.2 and 49.7 events from the released covariance, without the Poisson variance of the counts."""
    rows = slice(30 * block + 11, 30 * block + 20)
    background = electron_like(mode).background[:9]
    error = np.sqrt(background @ fractional_covariance()[rows, rows] @ background)
    assert background_errors(mode)["unconstrained"].error == pytest.approx(error, rel=0.01)


@pytest.mark.parametrize("mode", datasets.MODES)
def test_excess_is_data_less_constrained_background(mode):
    found = background_errors(mode)
    excess = electron_like(mode).data[:9].sum() - found["constrained"].events
    assert found["excess"].events == pytest.approx(excess, abs=0.05)
    assert found["excess"].error == found["constrained"].error


@pytest.mark.parametrize("mode", datasets.MODES)
def test_errors_of_components_are_marked_unconfirmed(mode):
    assert {c.status for name, c in background_errors(mode).items() if name not in TOTALS} == {"unconfirmed"}


# -- beams -------------------------------------------------------------------------------------------------


def test_excess_that_scales_with_protons_follows_from_the_published_excess():
    """460.5(95.8) events of 12.84e20 + 11.27e20 protons (arXiv:1805.12028, abstract), times 1.86e20 protons."""
    rows = published_inputs("miniboone-dm-2018/off_target")
    share = rows["pot_off_target"].value / (12.84e20 + 11.27e20)
    assert rows["scaled_with_protons"].value == pytest.approx(460.5 * share, abs=0.05)
    assert rows["scaled_with_protons_error"].value == pytest.approx(95.8 * share, abs=0.05)


def test_flux_at_nd280_peaks_near_600_mev_and_is_of_antineutrinos():
    """Peak about 0.6 GeV (arXiv:1211.0469, abstract); horns at -250 kA focus pi-."""
    flux = nd280_flux()
    centre = (flux.edges[1:] + flux.edges[:-1]) / 2
    assert centre[np.argmax(flux.numubar)] == pytest.approx(0.6, abs=0.08)
    peak = (centre > 0.4) & (centre < 0.8)
    assert np.all(flux.numubar[peak] > 9 * flux.numu[peak])
    for flavour in (flux.numu, flux.numubar, flux.nue, flux.nuebar):
        assert flavour.shape == centre.shape
        assert np.all(flavour >= 0)
    assert np.diff(flux.edges) == pytest.approx(np.full(200, 0.05), abs=1e-9)
