"""Exports of a run: what other programs read back is what was computed."""

import io

import numpy as np
import pandas as pd
import pylha
import pytest
import yaml

from zprimefit.report.export import FORMATS, chosen, export_run
from zprimefit.scans.run_folder import RunFolderError
from zprimefit.scans.runs import Run

# ArviZ 0.x says on import that 1.x is another library; the validator's own libraries are old
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

MOMENTS = """
name: moments
model: {name: z2hdm}
components:
  delta-a-mu: {}
  delta-a-e: {reference: Rb_2023}
parameters:
""" + "".join(
    f"  {name}: {{free: false}}\n" for name in ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A fit, a profile, a scan and a chain of the two moments."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "moments.yaml").write_text(MOMENTS)
    run = Run.create(folder / "run", folder / "moments.yaml")
    run.fit(starts=1)
    run.profile("y_mu", low=4e-4, high=8e-4, n=5, starts=0)
    run.scan("y_mu", "y_etau_taue", low=(4e-4, -2e-7), high=(8e-4, 5e-7), n=(5, 5), starts=0)
    run.sample(walkers=8, ensembles=2, until="steps", steps=60)
    return run


@pytest.fixture(scope="module")
def exported(run):
    paths = export_run(run, FORMATS)
    assert all(path.is_file() for path in paths)
    return run.folder.path / "export"


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "moments.yaml").write_text(MOMENTS)
    return Run.create(tmp_path / "run", tmp_path / "moments.yaml")


def table(path):
    return pd.read_csv(io.BytesIO(path.read_bytes()))


def test_csv_holds_every_result_with_all_digits(run, exported):
    fit, chain = run.read_fit(), run.read_chain()
    found = table(exported / "csv/fit/parameters.csv").set_index("parameter")
    np.testing.assert_array_equal(found["value"], fit.values)
    curve = table(exported / "csv/profiles/y_mu.csv")
    np.testing.assert_array_equal(curve["y_mu"], run.read_profiles()["y_mu"].grid)
    samples = table(exported / "csv/chain/samples.csv")
    np.testing.assert_array_equal(samples["y_mu"], chain.samples[:, chain.burn :, :, 0].ravel())
    components = table(exported / "csv/fit/components.csv")
    assert list(components["component"]) == ["delta-a-mu", "delta-a-e", "total"]
    derived = table(exported / "csv/fit/derived.csv").set_index("quantity")
    assert derived.loc["delta_a_mu", "value"] == run.analysis.derived(fit.values)["delta_a_mu"]


def test_csv_has_intervals_and_contours_with_level_and_degrees_of_freedom(run, exported):
    intervals = table(exported / "csv/profiles/y_mu-intervals.csv")
    (first,) = run.read_profiles()["y_mu"].intervals(0.6827)
    assert intervals.loc[0, ["cl", "dof", "low", "high"]].tolist() == [0.6827, 1, first.low, first.high]
    contours = table(exported / "csv/scans/y_mu-y_etau_taue-contours.csv")
    (line, *_) = run.read_scans()["y_mu-y_etau_taue"].contours(0.9545)
    own = contours[(contours["cl"] == 0.9545) & (contours["polyline"] == 1)]
    np.testing.assert_array_equal(own[["y_mu", "y_etau_taue"]], line)
    assert set(contours["dof"]) == {2}


# the validator leaves the files open
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_hepdata_accepts_the_submission(exported):
    # imported here, where the deprecations that its import meets are let pass
    from hepdata_validator.full_submission_validator import FullSubmissionValidator

    validator = FullSubmissionValidator()
    assert validator.validate(directory=str(exported / "hepdata")), validator.get_messages()
    assert {p.name for p in (exported / "hepdata").iterdir()} == {
        "submission.yaml",
        *(
            d["data_file"]
            for d in yaml.safe_load_all((exported / "hepdata/submission.yaml").read_text())
            if "name" in d
        ),
    }


def test_hepdata_tables_hold_the_numbers_units_and_levels(run, exported):
    fit = run.read_fit()
    found = yaml.safe_load((exported / "hepdata/fit.yaml").read_text())
    (best,) = found["dependent_variables"]
    assert [entry["value"] for entry in best["values"]] == list(fit.values)
    (error,) = best["values"][0]["errors"]
    interval = fit.intervals["y_mu"]
    assert error["asymerror"] == {"plus": interval.high - fit.values[0], "minus": interval.low - fit.values[0]}
    assert {"name": "CL", "value": "68.27 %"} in best["qualifiers"]
    contour = yaml.safe_load((exported / "hepdata/contour-y_mu-y_etau_taue-95.45.yaml").read_text())
    qualifiers = {q["name"]: q["value"] for q in contour["dependent_variables"][0]["qualifiers"]}
    assert qualifiers["CL"] == "95.45 %"
    assert qualifiers["Delta chi2"] == pytest.approx(6.18, abs=0.005)


def test_arviz_reads_the_chain_back(run, exported):
    import arviz

    chain = run.read_chain()
    found = arviz.from_netcdf(str(exported / "arviz/chain.nc"), engine="h5netcdf")
    np.testing.assert_array_equal(found["posterior"]["y_mu"].values[3], chain.samples[0, chain.burn :, 3, 0])


def test_getdist_reads_the_chain_back_with_its_ranges(run, exported):
    from getdist import loadMCSamples

    chain = run.read_chain()
    found = loadMCSamples(str(exported / "getdist/chain"))
    assert found.getParamNames().list() == list(chain.names)
    assert found.samples.shape == (16 * (60 - chain.burn), 2)
    kept = chain.samples[:, chain.burn :]
    np.testing.assert_allclose(np.sort(found.samples[:, 0]), np.sort(kept[..., 0].ravel()), rtol=1e-6)
    assert found.ranges.getUpper("y_mu") == pytest.approx(run.analysis.parameter("y_mu").bounds[1])


def test_card_is_of_the_best_fit(run, exported):
    fit = run.read_fit()
    read = pylha.load((exported / "card/best-fit.slha").read_text())
    names = [p.name for p in run.analysis.parameters]
    values = dict(zip(names, (row[1] for row in read["BLOCK"]["ZPARAMETERS"]["values"]), strict=True))
    assert {name: values[name] for name in fit.best} == fit.best


def test_card_of_a_benchmark_replaces_that_of_the_best_fit(run, exported):
    (path,) = export_run(run, ["card"], at="table1")
    assert path.name == "table1.slha"
    assert [p.name for p in path.parent.iterdir()] == ["table1.slha"]
    assert not list(path.parent.parent.glob(".*"))


@pytest.mark.parametrize(
    ("to", "said"),
    [("csv,hepdat", "hepdata"), ("", "expected one or several of csv, hepdata"), (",", "expected one or")],
)
def test_unknown_formats_are_refused_with_those_that_there_are(to, said):
    with pytest.raises(ValueError, match=said):
        chosen(to)


@pytest.mark.parametrize("name", ["csv", "hepdata", "card"])
def test_without_a_fit_the_step_that_makes_it_is_named(empty, name):
    with pytest.raises(RunFolderError, match=r"holds no fit yet; run `zprimefit fit "):
        export_run(empty, [name])
    assert not (empty.folder.path / "export").exists()


@pytest.mark.parametrize("name", ["arviz", "getdist"])
def test_without_a_chain_the_step_that_makes_it_is_named(empty, name):
    with pytest.raises(RunFolderError, match=r"holds no chain yet; run `zprimefit sample "):
        export_run(empty, ["card", name], at="table1")
    assert not (empty.folder.path / "export").exists()


def test_unknown_point_of_the_card_is_refused_with_the_nearest(empty):
    with pytest.raises(ValueError, match="table1"):
        export_run(empty, ["card"], at="tabel1")
