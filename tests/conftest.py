"""Comparisons are relative throughout: widths and cross sections are far below the 1e-12 that pytest grants."""

import atexit
import os
import shutil
import tempfile
from importlib import import_module

import pytest
from hypothesis import settings

# A change is judged by its own faults: the examples are the same every time, and `.ci/fuzz` draws new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("new")
settings.load_profile("same")

# Several processes compile the same things at once: nobody may read what another has half written, so each has its own.
os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="zprimefit-compiled-")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
# Most of what tests do is compiled to run once or twice: half of their time went into making it fast.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
atexit.register(shutil.rmtree, os.environ["JAX_COMPILATION_CACHE_DIR"], ignore_errors=True)

import_module(pytest.approx.__module__).ApproxScalar.DEFAULT_ABSOLUTE_TOLERANCE = 0.0
