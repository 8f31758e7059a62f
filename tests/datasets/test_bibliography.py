"""The bibliography: everything that components and tables cite is in it, once, and BibTeX can read it."""

import warnings
from importlib.resources import files

import pytest
from pybtex.database import parse_string

from zprimefit import datasets
from zprimefit.datasets import bibliography
from zprimefit.datasets.bibliography import references_of, unknown_reference

REFERENCES = bibliography.bibliography()
PUBLICATIONS = sorted({p for name in datasets.list_tables() for p in datasets.read_provenance(name).publication})


def test_keys_are_unique_whatever_their_case():
    keys = [reference.texkey.lower() for reference in REFERENCES]
    assert len(set(keys)) == len(keys)


def test_an_arxiv_identifier_stands_once():
    found = [reference.arxiv for reference in REFERENCES if reference.arxiv]
    assert len(set(found)) == len(found)


def test_whatever_is_cited_has_one_entry_unless_it_names_two_papers():
    for reference in REFERENCES:
        for name in reference.names:
            assert len(references_of(name)) == (2 if ";" in name else 1), name


@pytest.mark.parametrize("publication", PUBLICATIONS)
def test_publication_of_every_table_is_in_the_bibliography(publication):
    assert references_of(publication)


def test_confirmed_entries_have_authors_title_and_year():
    lacking = [r.texkey for r in REFERENCES if r.status == "confirmed" and not (r.authors and r.title and r.year)]
    assert lacking == []


def test_every_entry_says_where_it_was_read():
    assert [r.texkey for r in REFERENCES if not r.source] == []


def test_bibtex_reads_every_entry_with_its_fields():
    text = "\n".join(reference.bibtex for reference in REFERENCES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        read = parse_string(text, "bibtex")
    assert list(read.entries) == [reference.texkey for reference in REFERENCES]
    entry = read.entries["Daum:1987bg"]
    assert (entry.type, entry.fields["volume"], entry.fields["pages"]) == ("article", "36", "2624")
    assert len(entry.persons["author"]) == 6
    assert all(text.count("{") == text.count("}") for r in REFERENCES for text in (r.authors, r.title))


def test_what_is_not_confirmed_is_marked_above_its_entry():
    for reference in REFERENCES:
        assert reference.bibtex.startswith("% unconfirmed: ") == (reference.status == "unconfirmed")


@pytest.mark.parametrize("cite", ["1406.2980", "arXiv:1406.2980", "arxiv: 1406.2980v2", "Lees:2014xha"])
def test_a_prefix_or_a_version_does_not_matter(cite):
    assert [r.texkey for r in references_of(cite)] == ["Lees:2014xha"]


def test_two_papers_in_one_reference_are_two_entries():
    found = references_of("Phys. Lett. B 166 (1986) 479; B 203 (1988) 332")
    assert {r.volume for r in found} == {"166", "203"}


@pytest.mark.parametrize(
    ("cite", "key", "field"),
    [
        ("Mine:2026abc", "Mine:2026abc", 'note = "Mine:2026abc"'),
        ("arXiv:2601.00001", "arXiv:2601.00001", 'eprint = "2601.00001"'),
        ('My "notes" & @more{}', "My-notes-more", r'note = "My notes \& more"'),
        ("{}", "unnamed", "@misc{unnamed"),
    ],
)
def test_what_a_user_cites_beyond_it_is_printed_with_a_comment(cite, key, field):
    assert references_of(cite) == ()
    found, text = unknown_reference(cite)
    assert found == key
    assert text.startswith(f"% {key}: not in the bibliography of zprimefit")
    assert f"@misc{{{key}," in text
    assert field in text


def test_damaged_bibliography_is_refused(tmp_path, monkeypatch):
    for name in ("references.toml", "references.csv"):
        content = (files(bibliography) / name).read_bytes()
        (tmp_path / name).write_bytes(content.replace(b"Bernardi", b"Bernhard") if name.endswith("csv") else content)
    monkeypatch.setattr(bibliography, "files", lambda _: tmp_path)
    with pytest.raises(datasets.DatasetError, match="checksum is not that of its provenance; reinstall"):
        bibliography.bibliography.__wrapped__()


@pytest.mark.parametrize(
    ("cite", "short"),
    [
        ("2006.01948", "Abdallah et al. 2020"),
        ("arXiv:1910.12839", "Argüelles et al. 2019"),
        ("deGouvea:2015euy", "de Gouvêa and Kobach 2016"),
        ("Abbiendi:2013hk", "ALEPH, DELPHI, L3 and OPAL 2013"),
        ("Bergsma:1985qz", "CHARM 1985"),
        ("Gluck:1994uf", ""),
    ],
)
def test_reference_is_named_by_who_and_when(cite, short):
    (reference,) = references_of(cite)
    assert reference.short == short
