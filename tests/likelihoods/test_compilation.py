"""Where compiled code is kept."""

import math
import os
import re
import subprocess
import sys
import zlib

import jax
import pytest

from zprimefit.likelihoods.compilation import instructions, keep_compiled, remove_cut_short


@pytest.fixture(autouse=True)
def _as_it_was():
    before = jax.config.jax_compilation_cache_dir
    yield
    jax.config.update("jax_compilation_cache_dir", before)


def test_compiled_code_is_kept_in_the_cache_by_kind_of_processor(tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    keep_compiled()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / f"compiled-{instructions()}")
    assert re.fullmatch("[0-9a-f]{12}", instructions())


def test_folder_of_jax_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "own"))
    before = jax.config.jax_compilation_cache_dir
    keep_compiled()
    assert jax.config.jax_compilation_cache_dir == before


SUM = """
import resource, sys
import jax.numpy as jnp, jax
from zprimefit.likelihoods.compilation import keep_compiled
keep_compiled()
if len(sys.argv) > 1:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
print(jax.jit(lambda x: jnp.sum(jnp.sin(x)))(jnp.arange(3.0)))
"""
"""Compiles, with a limit on the size of files if one is given."""


def compiles(cache, *limit):
    """What a new process says on standard error, and the entries of its cache."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_COMPILATION", "JAX_PERSISTENT"))}
    done = subprocess.run(
        [sys.executable, "-c", SUM, *map(str, limit)], check=True, capture_output=True, text=True,
        env=environment | {"ZPRIMEFIT_CACHE": str(cache), "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert float(done.stdout) == pytest.approx(math.sin(1.0) + math.sin(2.0), rel=1e-15)
    return done.stderr, {p: p.read_bytes() for p in cache.glob("compiled-*/*-cache")}


@pytest.mark.slow
def test_entries_cut_short_are_not_told_and_whole_after_the_next_start(tmp_path):
    _, whole = compiles(tmp_path)
    assert all(zlib.decompress(content) for content in whole.values())
    for k, path in enumerate(sorted(whole)):
        path.write_bytes(whole[path][: k * len(whole[path]) // len(whole)])
    said, mended = compiles(tmp_path)
    assert (said, sorted(mended)) == ("", sorted(whole))
    assert all(zlib.decompress(content) for content in mended.values())


@pytest.mark.slow
def test_disk_that_takes_no_compiled_code_is_no_obstacle(tmp_path):
    said, cut = compiles(tmp_path, 100)
    assert (said, {len(content) for content in cut.values()}) == ("", {100})
    said, whole = compiles(tmp_path)
    assert (said, sorted(whole)) == ("", sorted(cut))
    assert all(zlib.decompress(content) for content in whole.values())


def test_entries_that_another_package_compressed_are_left_alone(tmp_path):
    entry = tmp_path / "jit_f-0123-cache"
    entry.write_bytes(bytes.fromhex("28b52ffd") + b"zstandard")
    remove_cut_short(tmp_path)
    assert entry.exists()


def test_entries_are_looked_at_once(tmp_path):
    entry = tmp_path / "jit_f-0123-cache"
    entry.write_bytes(zlib.compress(b"whole")[:-1])
    os.utime(entry, (1e9, 1e9))
    (tmp_path / "looked-at").touch()
    remove_cut_short(tmp_path)
    assert entry.exists()
    os.utime(entry)
    remove_cut_short(tmp_path)
    assert not entry.exists()
