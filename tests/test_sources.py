"""Checksum of the package's own sources."""

from importlib.resources import files

from zprimefit.sources import checksum_of_sources


def test_whole_package_differs_from_its_parts():
    found = [checksum_of_sources(rooms) for rooms in [(".",), ("models",), ("models", "numerics"), ("constants.py",)]]
    assert len(set(found)) == 4


def test_every_change_of_a_source_is_seen(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    source, other = tmp_path / "models" / "model.py", tmp_path / "models" / "table.csv"
    monkeypatch.setattr("zprimefit.sources.files", lambda _: tmp_path)

    def checksum():
        checksum_of_sources.cache_clear()
        return checksum_of_sources(("models",))

    source.write_text("MASS = 1.0\n")
    first = checksum()
    other.write_text("1\n")
    assert checksum() == first
    source.write_text("MASS = 2.0\n")
    assert checksum() != first
    source.write_text("MASS = 1.0\n")
    assert checksum() == first
    checksum_of_sources.cache_clear()


def test_sources_are_read_once(monkeypatch):
    before = checksum_of_sources(("numerics",))
    monkeypatch.setattr("zprimefit.sources.files", lambda _: files("json"))
    assert checksum_of_sources(("numerics",)) == before
