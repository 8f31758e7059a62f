"""The report of a run: what is on the page, what is named as missing; nothing on it is markup or is fetched."""

import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from evil import EVIL, EVIL_TEXT

from zprimefit.fitting.bayes_factor import over_no_new_physics
from zprimefit.report.blocks import Citation
from zprimefit.report.page import report
from zprimefit.scans.run_folder import RunFolderError
from zprimefit.scans.runs import Run

SECTIONS = [
    "At a glance", "What was fitted", "Best fit", "Warnings and notes", "Goodness of fit", "Do groups of data agree?",
    "Profiles", "Scans of two parameters", "Posterior", "Evidence", "Pseudo-experiments", "Where the numbers come from",
    "How to make it again",
]  # fmt: skip
VOID = {"meta", "link", "img", "br"}
KNOWN = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "nav",
        "ul",
        "li",
    ),
    *("main", "section", "dl", "div", "dt", "dd", "table", "caption", "span", "thead", "tbody", "tr", "th", "td"),
    *("figure", "img", "figcaption", "details", "summary", "pre", "code"),
}


class Reader(HTMLParser):
    """Tags with their attributes, and texts with the tags that they are in; refuses tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open += [tag] * (tag not in VOID)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((tuple(self.open), " ".join(data.split())))

    def of(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]

    def inside(self, name):
        return [text for tags, text in self.texts if name in tags]

    @property
    def text(self):
        return " ".join(text for tags, text in self.texts if "style" not in tags)


@pytest.fixture(scope="module")
def read(page):
    return Reader(page.read_text(encoding="utf-8"))


# -- what is on it ----------------------------------------------------------------------------------------------------


def test_sections_follow_each_other_under_one_title(read):
    assert read.inside("h1") == ['evil <b> " & co']
    assert read.inside("h2") == SECTIONS
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    anchors = {a["href"][1:] for a in read.of("a") if a["href"].startswith("#")}
    assert anchors <= {attributes.get("id") for _, attributes in read.tags}


@pytest.mark.parametrize(
    "said",
    [
        "3 data − 2 free = 1 dof",
        "status OK: converged inside the domain. 2 starts, 2 of them converged; seed 1",
        "Interval, 68.27 % CL, 1 dof, Δχ² = 1.00",
        "χ²_PG = 0.75, 1 dof, p = 0.386 (0.87 sigma, two-sided)",
        "95.45 % CL, 1 dof, Δχ² = 4.00",
        "68.27 % CL, 2 dof, Δχ² = 2.30",
        "seed 7; convergence: not yet",
        "Derived quantities (66)",
        "by nested sampling: 25 live points",
        "Bayes factor over no new physics ln B = ",
        "what their priors cost of ln Z",
        "toys where hypothesis is true, two-sided, nuisances fitted",
        "CL_s = ",
        "1 of 20 experiments failed",
        "1 of 30 points APPROXIMATE",
        "-2 ln L was no number at 1 point in bad_points.csv",
        "do it again with `zprimefit scan",
        "fit 1; chain 7; evidence 7; toys of y_mu-0.0005-no-new-physics 5; toys of y_mu-0.0005 5",
        "Published tables of the cited publications",
        "Done from Python, or by a version that kept no commands: fit, profile of y_mu, sample, evidence.",
    ],
)
def test_page_says(read, said):
    assert said in read.text


def test_parameters_have_their_interval_and_bounds(read, full_run):
    fit = full_run.read_fit()
    assert f"y_mu {fit.best['y_mu']:.4g}" in read.text
    assert f"{fit.intervals['y_mu']} 1e-05 to 0.01" in read.text


def test_bayes_factor_says_whom_it_favours(read, full_run):
    over = over_no_new_physics(full_run.read_evidence())
    assert f"ln B = {over.log:.2f} ± {over.error:.2f}: {over.verdict}" in read.text
    assert over.verdict.endswith((" for no new physics", f" for {full_run.analysis.name}"))


def test_components_have_pull_and_verdict(read, full_run):
    row = full_run.read_goodness().components[0]
    assert f"delta-a-mu 1 {row.fval:.4f}".rstrip("0") in read.text
    assert f"{row.pull:.4f}".rstrip("0") in read.text
    assert read.text.count("allowed") >= 3


def test_shipped_data_are_named_with_their_checksums(read):
    from zprimefit.datasets import data_hash, read_provenance

    assert data_hash() in read.text
    assert read_provenance("anomalous-moments/differences").sha256 in read.text


def test_figures_say_what_is_seen(read, full_run):
    curve = full_run.read_profiles()["y_mu"]
    alternatives = [image["alt"] for image in read.of("img")]
    assert len(alternatives) == 7
    profile = next(alt for alt in alternatives if alt.startswith("Curve of Δχ² against y_mu from 0.0004 to 0.0009"))
    assert f"least at {curve.best:.4g}" in profile
    assert f"68.27 % CL, 1 dof, Δχ² = 1.00: {curve.interval(0.6827)}." in profile
    scan = next(alt for alt in alternatives if alt.startswith("Regions of y_mu (horizontal) and y_etau_taue"))
    assert "95.45 % CL, 2 dof, Δχ² = 6.18: y_mu from" in scan
    assert any(alt.startswith("Corner plot: marginal distributions of 2 parameters") for alt in alternatives)
    assert any(alt.startswith("Corner plot by nested sampling") for alt in alternatives)
    assert sum("in the data t = 2, p = " in alt for alt in alternatives) == 2
    assert any("by Wilks (1.00) and by toys: " in alt for alt in alternatives)


def test_tables_have_captions_and_heads(read):
    assert len(read.of("caption")) == len(read.of("table")) > 12
    assert {th["scope"] for th in read.of("th")} == {"row", "col"}
    boxes = [div for div in read.of("div") if div.get("class", "").startswith("scroll")]
    assert all(div["tabindex"] == "0" and div["role"] == "region" and div["aria-label"] for div in boxes)


# -- what it is not ---------------------------------------------------------------------------------------------------


def test_what_comes_from_files_is_text(read, page):
    assert {tag for tag, _ in read.tags} <= KNOWN
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert all(image["src"].startswith("data:image/png;base64,") for image in read.of("img"))
    assert read.text.count(EVIL) > 5
    assert read.text.count(EVIL_TEXT) > 5
    assert EVIL not in page.read_text(encoding="utf-8")


def test_nothing_is_fetched(read):
    assert {link["href"] for link in read.of("link")} == {"data:,"}
    addresses = {a["href"] for a in read.of("a") if not a["href"].startswith("#")}
    assert all(re.match(r"https://(arxiv\.org/abs/|inspirehep\.net/literature)", a) for a in addresses)
    (style,) = read.inside("style")
    assert not re.search(r"url\(|@import|@font-face", style)
    assert "default-src 'none'" in read.of("meta")[1]["content"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("2006.01948", "https://arxiv.org/abs/2006.01948"),
        ("arXiv:2006.01948v2", "https://arxiv.org/abs/2006.01948"),
        ("hep-ph/0304176", "https://arxiv.org/abs/hep-ph/0304176"),
        ("Gluck:1994uf", "https://inspirehep.net/literature?q=texkey:Gluck:1994uf"),
        ("Z. Phys. C 65 (1994) 603", None),
        ("javascript:alert(1)", None),
        ("https://2006.01948", None),
    ],
)
def test_citation_has_the_address_of_its_record(given, address):
    assert Citation(given).address == address


# -- what is not there yet --------------------------------------------------------------------------------------------


def test_run_without_a_fit_names_the_command_that_makes_one(new_run, tmp_path):
    read = Reader(report(new_run, tmp_path / "page.html").read_text(encoding="utf-8"))
    assert read.inside("h2") == SECTIONS
    folder = new_run.folder.path
    commands = [text for text in read.inside("code") if text.startswith("zprimefit")]
    assert f"zprimefit fit {folder / 'analysis.yaml'} -o {folder}" in commands
    verbs = {command.split()[1] for command in commands}
    assert verbs == {"fit", "goodness", "profile", "scan", "sample", "evidence", "toys", "calibrate"}
    assert read.of("img") == []
    assert not (folder / "figures").exists()


def test_what_a_run_lacks_is_named_and_the_rest_is_there(full_run, tmp_path):
    folder = shutil.copytree(full_run.folder.path, tmp_path / "run")
    for name in ("profiles", "scans", "toys", "chain", "figures"):
        shutil.rmtree(folder / name, ignore_errors=True)
    read = Reader(report(Run.open(folder)).read_text(encoding="utf-8"))
    missing = [text for text in read.inside("code") if text.startswith("zprimefit")]
    assert [command.split()[1] for command in missing] == ["profile", "scan", "sample", "toys", "calibrate"]
    assert f"zprimefit profile {folder} y_mu" in missing
    assert "Free parameters at the best fit" in read.text


def test_damaged_result_is_refused_and_no_page_is_written(full_run, tmp_path):
    folder = shutil.copytree(full_run.folder.path, tmp_path / "run")
    (folder / "profiles" / "y_mu.json").write_text("{}")
    (folder / "report.html").unlink(missing_ok=True)
    with pytest.raises(RunFolderError, match=r"y_mu\.json: cannot be read"):
        report(Run.open(folder))
    assert not (folder / "report.html").exists()


# -- again ------------------------------------------------------------------------------------------------------------


def test_same_folder_gives_the_same_bytes_and_draws_nothing_twice(full_run, page):
    figures = {path: path.stat().st_mtime_ns for path in full_run.folder.figures.iterdir()}
    before = page.read_bytes()
    assert report(full_run).read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in full_run.folder.figures.iterdir()} == figures


@pytest.mark.usefixtures("page")
def test_figure_of_another_result_is_drawn_again(full_run, tmp_path):
    folder = shutil.copytree(full_run.folder.path, tmp_path / "run")
    stored = folder / "profiles" / "y_mu.json"
    stored.write_text(stored.read_text().replace('"latex": "', '"latex": "x'))
    old = {path.name: path.read_bytes() for path in (folder / "figures").glob("*.png")}
    report(Run.open(folder))
    new = {path.name: path.read_bytes() for path in (folder / "figures").glob("*.png")}
    assert [name for name in sorted(old) if old[name] != new[name]] == ["profile-y_mu.png"]


def test_commands_of_the_log_are_those_that_make_it_again(full_run, tmp_path):
    folder = shutil.copytree(full_run.folder.path, tmp_path / "run")
    log = folder / "run.log"
    log.write_text(log.read_text().replace("fit: begins", "fit: begins: zprimefit fit 'a b.yaml' -o run"))
    read = Reader(report(Run.open(folder)).read_text(encoding="utf-8"))
    assert f"zprimefit fit 'a b.yaml' -o run zprimefit report {folder}" in read.inside("pre")
