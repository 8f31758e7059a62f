"""Profiles, run folders, and the steps that are done in them."""
