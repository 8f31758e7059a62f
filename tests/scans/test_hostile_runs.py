"""What lies in a run folder and is not what a run wrote: refused, and nothing is written outside."""

import json

import pytest

from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.run_folder import RunFolder, RunFolderError

HEADER = b'{"schema": 1, "kind": "test"}\n'
DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (DEEP, "line 2 is not JSON; move the file away to begin again"),
        (b"9" * 5000, "line 2 is not JSON; move the file away to begin again"),
        (b"\xff", "line 2 is not JSON; move the file away to begin again"),
        (b'{"key": ["a"], "result": 1}', "line 2 is no record of a scan; move the file away to begin again"),
        (b'{"key": {}, "result": 1}', "line 2 is no record of a scan; move the file away to begin again"),
        (b"3", "line 2 is no record of a scan; move the file away to begin again"),
    ],
    ids=["deep", "long integer", "bytes", "list as key", "mapping as key", "number"],
)
def test_line_that_no_scan_wrote_is_refused(tmp_path, line, message):
    path = tmp_path / "points.jsonl"
    path.write_bytes(HEADER + line + b"\n")
    with pytest.raises(ValueError, match=message):
        Checkpoint(path, {"kind": "test"})
    assert path.read_bytes() == HEADER + line + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        DEEP, b"[]", b"3", b'{"schema_version": 1}', b"\xff\xfe",
        json.dumps({"schema_version": 1, "name": "a", "identity": 3, "provenance": {}}).encode(),
        json.dumps({"schema_version": 1, "name": "a", "identity": {}, "provenance": ["x"]}).encode(),
    ],
    ids=["deep", "list", "number", "little", "bytes", "identity", "provenance"],
)  # fmt: skip
def test_provenance_that_no_run_wrote_is_refused(tmp_path, content):
    (tmp_path / "provenance.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"provenance\.json: cannot be read \(.*\); restore the file or"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize("name", ["../up", "a/../../up", "/tmp/up", "", "."])
def test_name_that_leaves_the_folder_is_refused(tmp_path, name):
    folder = RunFolder(tmp_path / "run", "a", {}, {})
    with pytest.raises(RunFolderError, match=r"is no file inside it; give a relative name such as 'fit\.json'"):
        folder.write_text(name, "x")
    assert list(tmp_path.iterdir()) == []
