"""What `import zprimefit` offers, and what it does not load."""

import subprocess
import sys

import pytest

import zprimefit

PUBLIC = [
    *("Analysis", "__version__", "calibrate", "cls_of", "component", "events", "evidence", "fit"),
    *("goodness_of_fit", "load", "parameter_goodness", "profile", "sample", "scan", "toys"),
]


def test_public_names_are_these():
    assert zprimefit.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_resolves(name):
    assert getattr(zprimefit, name) is not None


def test_public_names_are_the_objects_of_their_modules():
    from zprimefit.analyses import Analysis, load
    from zprimefit.fitting.fit import fit
    from zprimefit.fitting.sampling import sample
    from zprimefit.likelihoods import component
    from zprimefit.scans.profile import profile
    from zprimefit.scans.scan import scan

    assert zprimefit.Analysis is Analysis
    assert zprimefit.component is component
    offered = [zprimefit.fit, zprimefit.load, zprimefit.profile, zprimefit.sample, zprimefit.scan]
    assert offered == [fit, load, profile, sample, scan]


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'zprimefit' has no attribute 'fitt'"):
        _ = zprimefit.fitt


def test_importing_the_package_alone_loads_no_heavy_library():
    code = "import sys, zprimefit; print(sorted({m.split('.')[0] for m in sys.modules}))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'zprimefit'" in shown
    heavy = ("jax", "numpy", "pandas", "scipy", "matplotlib", "iminuit", "emcee", "pydantic")
    assert [name for name in heavy if f"'{name}'" in shown] == []
