"""Make the gallery anew: run `commands.txt` in an empty folder, and keep small copies of what the page shows.

    python docs/gallery/make.py [FOLDER]

FOLDER is where the commands run; a temporary one by default. They take minutes of a processor: so the figures lie in
the repository, and `made.txt` says what they were made with.
"""

import re
import shlex
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from PIL import Image

from zprimefit.datasets import data_hash

HERE = Path(__file__).parent
WIDTH = 900
"""Of the copies [pixels]."""


def commands() -> list[str]:
    """Lines of `commands.txt` that are commands."""
    lines = (HERE / "commands.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] != "#"]


def shown() -> list[str]:
    """What the page shows of it, as paths in the folder of the commands; figures of the README have no folder."""
    text = (HERE.parent / "gallery.md").read_text(encoding="utf-8")
    return [path for path in re.findall(r"^```\{picture\} (\S+)", text, re.MULTILINE) if "/" in path]


def run(folder: Path) -> None:
    """Run the commands."""
    for command in commands():
        sys.stdout.write(f"{command}\n")
        subprocess.run([sys.executable, "-m", "zprimefit", *shlex.split(command)[1:]], cwd=folder, check=True)


def keep(folder: Path) -> None:
    """Small copies of the figures."""
    for path in shown():
        target = HERE / path.replace("/", "-")
        with Image.open(folder / path) as image:
            size = (WIDTH, round(image.height * WIDTH / image.width))
            small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        small.quantize(64, dither=Image.Dither.NONE).save(target, optimize=True)
    (HERE / "made.txt").write_text(f"zprimefit {version('zprimefit')}, data {data_hash()[:12]}\n", encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        run(place)
        keep(place)
