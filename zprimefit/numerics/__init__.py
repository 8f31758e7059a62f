"""Quadrature and interpolation: mathematics only. Importing this room switches JAX to double precision."""

import jax

# The process-wide settings of the package: likelihoods and their gradients are meaningless in single precision, and
# every number is waited for, so that handing its computation to another thread only takes time.
jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
jax.config.update("jax_cpu_enable_async_dispatch", False)  # type: ignore[no-untyped-call]
