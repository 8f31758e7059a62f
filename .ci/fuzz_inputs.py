"""Coverage-guided fuzzing of everything that is read: python fuzz_inputs.py TARGET FOLDER [libFuzzer options].

A finding is an exception that is not the reader's own, more than one line, a file written outside FOLDER, a process or
a connection begun, more than 10 s, or more than 2 GiB. It ends the run; libFuzzer leaves the input in FOLDER.
"""

import hashlib
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.simplefilter("error")
import atheris  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jax  # noqa: F401
    import pandas as pd  # noqa: F401
    import scipy.stats  # noqa: F401

    with atheris.instrument_imports(include=["zprimefit", "ruamel.yaml"]):
        from zprimefit.analyses import load, resolved_yaml
        from zprimefit.analyses.constraints import Constraint
        from zprimefit.analyses.schema import AnalysisError
        from zprimefit.datasets.table import Column, DatasetError, Provenance, provenance_of, table_of
        from zprimefit.fitting.chain import Chain
        from zprimefit.fitting.chain_store import ChainStoreError
        from zprimefit.fitting.encoding import StoredError
        from zprimefit.fitting.evidence_record import Evidence
        from zprimefit.fitting.goodness import Goodness
        from zprimefit.fitting.parameter_goodness import ParameterGoodness
        from zprimefit.fitting.result import Fit
        from zprimefit.scans.calibration import Calibration
        from zprimefit.scans.checkpoint import Checkpoint
        from zprimefit.scans.contour import Contour
        from zprimefit.scans.curve import Curve
        from zprimefit.scans.run_folder import RunFolder, RunFolderError
        from zprimefit.scans.toy_record import Toys
        from zprimefit.units import read_quantity

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "tests/stored"
RESULTS = (Fit, Curve, Contour, Toys, Calibration, Goodness, ParameterGoodness, Evidence)
KINDS = ("fit", "curve", "contour", "toys", "calibration", "goodness", "parameter-goodness", "evidence")
UNITS = {"m_zprime": "GeV", "g_B": "1", "ctau": "m", "width": "GeV^2"}
COLUMNS = {"x": Column("text", ""), "y": Column("1", "")}
SMALL = """name: small
model: {name: z2hdm}
components:
  delta-a-mu: {reference: WP_2025}
  delta-a-e: {}
parameters:
  m_zprime: {free: false, default: 30 MeV}
  g_B: {bounds: [1e-5, 1e-2], scale: log, prior: {kind: log-uniform, low: 1e-4, high: 1e-3}}
  y_mu: {bounds: [1e-5, 1e-2], prior: {kind: scipy, distribution: {name: gamma, args: [2.0], scale: 1e-3}}}
constraints:
  - m_Hpm > 110 GeV
  - {require: abs(lambda_5) < sqrt(4 * pi), width: 0.1}
"""


def text_of(data):
    return data.decode("utf-8", errors="replace")


def of_yaml(data, folder):
    path = folder / "analysis.yaml"
    path.write_bytes(data)
    analysis = load(path)
    load_again = folder / "again.yaml"
    load_again.write_text(resolved_yaml(analysis), encoding="utf-8")
    assert load(load_again).free_parameters == analysis.free_parameters


def of_quantity(data, folder):
    number = read_quantity(text_of(data), "GeV", what="m")
    assert abs(number) < float("inf")


def of_constraint(data, folder):
    bound = Constraint(text_of(data), width="1").resolved(UNITS)
    assert all(0 < width < float("inf") for width in bound.width)
    bound.bind(UNITS, {name: (lambda params, name=name: params[name]) for name in UNITS})(dict.fromkeys(UNITS, 0.3))


def of_table(data, folder):
    head, _, body = data.partition(b"\n===\n")
    try:
        provenance = provenance_of("a/b", head)
    except DatasetError as error:
        one_line(error)
        provenance = Provenance("", "", (), "", "", "", "", "", COLUMNS)
    table_of("a/b", body, provenance)


def of_result(data, folder):
    text = text_of(data)
    for kind in RESULTS:
        try:
            found = kind.from_json(text)
        except StoredError as error:
            one_line(error)
        else:
            assert kind.from_json(found.to_json()).to_json() == found.to_json()
            str(found)
            found.to_frame()


def of_checkpoint(data, folder):
    path = folder / "points.jsonl"
    path.write_bytes(data)
    Checkpoint(path, {"kind": "test"})


def of_chain(data, folder):
    """Header, and one segment whose checksum is made to agree."""
    head, _, body = data.partition(b"\n===\n")
    chain = folder / "chain"
    chain.mkdir(exist_ok=True)
    (chain / "chain.json").write_bytes(head)
    for path in chain.glob("segment*"):
        path.unlink()
    for ensemble in range(2):
        signed = body + b"\nsha256:" + hashlib.sha256(body).hexdigest().encode() + b"\n"
        (chain / f"segment_00000000_{ensemble}.h5").write_bytes(signed)
    str(Chain.read(chain))


def of_run(data, folder):
    (folder / "run").mkdir(exist_ok=True)
    (folder / "run/provenance.json").write_bytes(data)
    run = RunFolder.open(folder / "run")
    run.check_identity({"analysis": {"a": 1}})


def seeds_of_chain():
    head, body = (STORED / "chain/chain.json").read_bytes(), next((STORED / "chain").glob("*_0.h5")).read_bytes()
    return [head + b"\n===\n" + body[:-73]]


def seeds_of_table():
    folder = ROOT / "zprimefit/datasets/data"
    pairs = [(path, path.with_suffix(".csv")) for path in sorted(folder.rglob("*.toml"))[:12]]
    return [toml.read_bytes() + b"\n===\n" + csv.read_bytes()[:400] for toml, csv in pairs] + [b"\n===\nx,y\na,1e3\n"]


CHECKPOINT = b'{"schema": 1, "kind": "test"}\n{"key": "first:0", "result": {"fval": 1.5}}\n'
RUN = {"schema_version": 1, "name": "a", "identity": {"analysis": {"a": 1}}, "provenance": {"versions": {}}}
TARGETS = {
    "yaml": (of_yaml, AnalysisError, lambda: [SMALL.encode()]),
    "quantity": (of_quantity, ValueError, lambda: [b"30 MeV", b"-.5e-3 TeV"]),
    "constraint": (of_constraint, ValueError, lambda: [b"m_zprime ** 2 < 4 width", b"1 < max(g_B, 3) / pi < log(7)"]),
    "table": (of_table, DatasetError, seeds_of_table),
    "result": (of_result, StoredError, lambda: [(STORED / f"{kind}.json").read_bytes() for kind in KINDS]),
    "checkpoint": (of_checkpoint, ValueError, lambda: [CHECKPOINT]),
    "chain": (of_chain, ChainStoreError, seeds_of_chain),
    "run": (of_run, RunFolderError, lambda: [json.dumps(RUN).encode()]),
}
FORBIDDEN = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}


def one_line(error):
    text = str(error)
    assert text, "an error without a message"
    assert len(text) < 20_000, "a message that nobody reads"


def guard(folder):
    """End the process at anything that goes beyond the folder."""
    inside = str(folder.resolve())

    def hook(event, arguments):
        outside = False
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            mode, flags = arguments[1], arguments[2]
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if mode is None else set(mode) & set("wax+")
            path = os.path.realpath(os.fsdecode(arguments[0]))
            outside = bool(writes) and not path.startswith((inside, "/dev/null"))
        elif event in {"os.mkdir", "os.remove", "os.rename", "os.truncate"} and not isinstance(arguments[0], int):
            outside = not os.path.realpath(os.fsdecode(arguments[0])).startswith(inside)
        if outside or event in FORBIDDEN:
            sys.stderr.write(f"finding: {event} {arguments}\n")
            os.abort()

    sys.addaudithook(hook)


def main():
    name, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    target, own, seeds = TARGETS[name]
    corpus, work = folder / name / "corpus", folder / name / "work"
    for made in (corpus, work):
        made.mkdir(parents=True, exist_ok=True)
    for k, seed in enumerate(seeds()):
        (corpus / f"seed-{k}").write_bytes(seed)

    def once(data):
        try:
            target(data, work)
        except own as error:
            one_line(error)

    # Before the guard: what is imported and asked of the system once is no finding.
    for seed in seeds():
        once(seed)
    guard(folder)
    limits = ["-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={folder / name}/", "-max_len=100000"]
    atheris.Setup([sys.argv[0], *limits, *sys.argv[3:], str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
