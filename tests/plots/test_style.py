"""Width, fonts and colours of the figures."""

from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from zprimefit.plots.figure import Drawing
from zprimefit.plots.style import COLOURS, PAGE, SHEET, styled

mpl.use("Agg")

DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
"""Linear RGB as seen without the M cones: Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009) 1291, severity 1."""
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
D65 = np.array([0.95047, 1.0, 1.08883])
APART = 15.0
"""CIE 1976 colour difference; 2.3 is just noticeable side by side."""


def linear(colour):
    c = np.array(mpl.colors.to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    t = XYZ @ np.clip(rgb, 0, 1) / D65
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours, seen):
    return min(
        float(np.linalg.norm(lab(seen @ linear(a)) - lab(seen @ linear(b)))) for a, b in combinations(colours, 2)
    )


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["all cones", "deuteranopia"])
def test_colours_stay_apart(seen):
    assert nearest(COLOURS, seen) > APART


def test_red_and_green_of_one_lightness_do_not():
    assert nearest(("#b3282d", "#2c7a3f", "#8a5a44"), DEUTERANOPIA) < 1


def test_sheet_has_the_colours_and_the_width_of_a_page():
    with plt.style.context(SHEET):
        assert [c["color"].lstrip("#") for c in mpl.rcParams["axes.prop_cycle"]] == [c.lstrip("#") for c in COLOURS]
        assert mpl.rcParams["figure.figsize"][0] == PAGE == 7.0


def test_style_ends_with_the_figure():
    before = mpl.rcParams["font.size"]
    assert styled(lambda: mpl.rcParams["font.size"])() == 9
    assert mpl.rcParams["font.size"] == before


def test_figure_is_saved_as_pdf_by_its_suffix_the_same_twice(tmp_path):
    import pandas as pd

    written = []
    for k in range(2):
        figure, axes = plt.subplots()
        axes.plot([0, 1])
        path, twin = Drawing(figure, pd.DataFrame({"x": [0, 1]})).save(tmp_path / f"{k}.pdf")
        assert twin.name == f"{k}.csv"
        written.append(path.read_bytes())
    assert written[0].startswith(b"%PDF")
    assert written[0] == written[1]
