"""The README's Python runs as it is written, on a smaller analysis and with fewer steps."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
SMALL = """
name: small
model: {name: z2hdm}
components:
  delta-a-mu: {}
"""
SHORTER = {
    'zf.load("z2hdm-miniboone")': 'zf.load("small.yaml")',
    "starts=32": "starts=2",
    "n=60": "n=4",
    "fit=fit, seed=7": 'fit=fit, seed=7, walkers=16, until="steps", steps=30',
}


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL)
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    for long, short in SHORTER.items():
        assert long in code
        code = code.replace(long, short)
    exec(compile(code, str(README), "exec"), {})
    assert "68.27 % CL, 1 dof" in capsys.readouterr().out
    assert {p.name for p in tmp_path.iterdir()} >= {"curve.png", "curve.csv", "corner.png", "corner.csv"}
