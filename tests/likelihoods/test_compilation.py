"""Where compiled code is kept."""

import re

import jax
import pytest

from zprimefit.likelihoods.compilation import instructions, keep_compiled


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
