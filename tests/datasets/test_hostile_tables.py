"""Tables that were changed after they were shipped are refused with their name, whatever was changed."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.datasets.table import (
    Column,
    DatasetError,
    Provenance,
    list_tables,
    provenance_of,
    read_provenance,
    table_of,
)

COLUMNS = {"x": Column("text", ""), "y": Column("1", "")}
EMPTY = Provenance("", "", (), "", "", "", "", "", COLUMNS)
TOML = """title = "t"
quantity = "q"
publication = ["1"]
location = "l"
obtained = "o"
status = "checked"
cl = "none"
sha256 = "0"
[columns]
x = {unit = "text", meaning = "m"}
"""


def test_table_of_these_tests_is_one():
    assert provenance_of("a/b", TOML.encode()).columns == {"x": Column("text", "m")}
    assert table_of("a/b", b"x,y\na,1e3\n", EMPTY).frame["y"].tolist() == [1000.0]


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "a/../../b", "/etc/passwd", "a", "a/b/c", "a\x00/b", "x" * 9000 + "/y", "..", "../.."],
)
def test_name_that_leaves_the_package_is_no_table(name):
    with pytest.raises(DatasetError, match=r"no table '.*' is shipped; `zprimefit data list` shows all"):
        read_provenance(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title =", "titel ="), r"table a/b: its provenance lacks \['title'\]"),
        (
            ('quantity = "q"', "quantity = 3"),
            "table a/b: its provenance is damaged: quantity: Input should be a valid str",
        ),
        (('["1"]', '"1"'), "table a/b: its provenance is damaged: publication: "),
        (('meaning = "m"', "meaning = []"), r"table a/b: its provenance is damaged: columns\.x\.meaning: "),
        (('title = "t"', 'title = "t"\nnoet = "n"'), r"table a/b: unknown key 'noet'; did you mean 'note'\?"),
        (('"q"', "q"), "table a/b: its provenance is no TOML: Invalid value"),
        (('"q"', "[" * 5000), "table a/b: its provenance is no TOML: "),
    ],
    ids=["missing", "number", "text", "list", "unknown", "syntax", "deep"],
)
def test_damaged_provenance_is_told(change, message):
    with pytest.raises(DatasetError, match=message):
        provenance_of("a/b", TOML.replace(*change).encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "table a/b: is no CSV: No columns to parse"),
        (b"x,y\na\xff,1\n", "table a/b: is no CSV: 'utf-8' codec"),
        (b"x,z\na,1\n", r"table a/b: columns \['x', 'z'\] are not those of its provenance \['x', 'y'\]"),
        (b"x,y\na,one\n", r"table a/b: could not convert string to float: 'one'.*; expected numbers in \['y'\]"),
        (b'x,y\n"a,1\n', "table a/b: is no CSV: "),
    ],
    ids=["empty", "bytes", "columns", "number", "quote"],
)
def test_damaged_table_is_told(content, message):
    with pytest.raises(DatasetError, match=message):
        table_of("a/b", content, EMPTY)


@settings(deadline=10_000, max_examples=200)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(head, body):
    with suppress(DatasetError):
        provenance_of("a/b", head)
    with suppress(DatasetError):
        table_of("a/b", body, EMPTY)


def test_every_shipped_provenance_is_read():
    assert len([read_provenance(name).title for name in list_tables()]) > 50
