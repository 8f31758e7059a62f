"""Minuit, emcee, intervals and diagnostics: an analysis is a function of an array here, no physics."""
