"""Comparisons are relative throughout: widths and cross sections are far below the 1e-12 that pytest grants."""

from importlib import import_module

import pytest

import_module(pytest.approx.__module__).ApproxScalar.DEFAULT_ABSOLUTE_TOLERANCE = 0.0
