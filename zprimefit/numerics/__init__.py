"""Quadrature and interpolation: mathematics only. Importing this room switches JAX to double precision."""

import jax

# The one process-wide setting of the package: likelihoods and their gradients are meaningless in single precision.
jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
