import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zprimefit.units import ENERGY_UNITS, format_quantity, read_quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 MeV", 0.03),
        ("30MeV", 0.03),
        (" 1.5e3 keV ", 1.5e-3),
        ("2", 2.0),
        (".5 TeV", 500.0),
        ("-1 eV", -1e-9),
        (3, 3.0),
    ],
)
def test_energies_are_read_into_gev(text, expected):
    assert read_quantity(text, "GeV", what="m") == pytest.approx(expected, rel=1e-15)


@given(number=st.floats(1e-6, 1e6), unit=st.sampled_from(sorted(ENERGY_UNITS)))
def test_number_and_unit_are_multiplied(number, unit):
    assert read_quantity(f"{number!r} {unit}", "GeV", what="m") == pytest.approx(number * ENERGY_UNITS[unit], rel=1e-12)


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        ("30 MeV", "1", "g: is dimensionless, but '30 MeV' carries the unit 'MeV'"),
        ("30 Mev", "GeV", "g: unknown unit 'Mev' in '30 Mev'; known: eV, keV"),
        ("thirty", "GeV", "g: cannot read 'thirty'"),
        ("nan", "GeV", "g: cannot read 'nan'"),
        (float("nan"), "GeV", "g: expected a finite number, got nan"),
        ("1e999 GeV", "GeV", "g: expected a finite number"),
        (True, "1", "g: expected a number in pure numbers"),
        (None, "GeV", "g: expected a number in GeV"),
    ],
)
def test_bad_quantities_are_named(value, unit, message):
    with pytest.raises(ValueError, match=message):
        read_quantity(value, unit, what="g")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.03, "GeV", "30 MeV"),
        (1.5, "GeV", "1.5 GeV"),
        (2e-6, "GeV", "2 keV"),
        (0.0, "GeV", "0 GeV"),
        (1e-4, "1", "0.0001"),
    ],
)
def test_quantities_are_written_for_people(value, unit, text):
    assert format_quantity(value, unit) == text


HOSTILE = ["1" * 10**6 + "!", "1" + " " * 10**6 + "!", " " * 10**6, "1e" + "9" * 10**6, "٣ MeV"]


@pytest.mark.parametrize("text", HOSTILE, ids=["digits", "spaces", "nothing", "exponent", "other digits"])
def test_text_that_is_no_quantity_is_refused_at_once(text):
    begin = time.monotonic()
    with pytest.raises(ValueError, match=r"g: (cannot read|expected a finite number)") as error:
        read_quantity(text, "GeV", what="g")
    assert time.monotonic() - begin < 1
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("number", [10**400, -(10**400), 16**9999], ids=["long", "negative", "huge"])
def test_integer_beyond_floats_is_refused(number):
    with pytest.raises(ValueError, match=r"g: expected a finite number, got (-?1|an integer of)"):
        read_quantity(number, "1", what="g")


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_anything_is_a_finite_number_or_refused(value):
    with suppress(ValueError):
        assert math.isfinite(read_quantity(value, "GeV", what="m"))
