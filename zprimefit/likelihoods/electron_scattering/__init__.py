"""Elastic scattering of neutrinos on electrons: a Z' that couples to both changes it."""
