"""What was compiled for one step is forgotten before the next: that of a global fit takes more than a gigabyte."""


def forget_compiled() -> None:
    """Let go of compiled code; what is needed again comes from the cache on disk."""
    import jax

    jax.clear_caches()  # type: ignore[no-untyped-call]
