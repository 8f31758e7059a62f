"""Whether stored results belong to this analysis and these data, and if not, what differs."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = "(absent)"


def identity_hash(identity: Mapping[str, Any]) -> str:
    """Hash of an identity: a SHA-256 that does not depend on the order of its keys."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def identity_difference(stored: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Compare two identities, nested or not: one line for every entry that differs.

    Examples
    --------
    >>> identity_difference({"data": {"fhc": "1a"}, "seed": 7}, {"data": {"fhc": "2b"}, "seed": 7})
    ['data.fhc: stored 1a, given 2b']
    """
    old, new = dict(_flatten(stored)), dict(_flatten(given))
    keys = dict.fromkeys([*old, *new])
    return [
        f"{key}: stored {_show(old, key)}, given {_show(new, key)}"
        for key in keys
        if key not in old or key not in new or old[key] != new[key]
    ]


def _flatten(entries: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in entries.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            # As JSON gives it back: a tuple that was stored is a list when it is read.
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value


def _show(entries: Mapping[str, Any], key: str) -> str:
    return str(entries[key]) if key in entries else _ABSENT


def sampling_identity(analysis: Any, identity: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a chain belongs to: what is given, or the analysis' own, with all else that its numbers depend on.

    Parameters
    ----------
    settings : of the sampler; added are the parameters, fixed at what, or free with which scale and prior.
    """

    def described(p: Any) -> str:
        if not p.free:
            return f"fixed at {float(p.default)!r}"
        prior = p.effective_prior
        scale = f"asinh({p.asinh_scale!r})" if p.scale == "asinh" else p.scale
        return f"free in {p.unit}, {scale} scale, prior {prior}"

    parameters = {p.name: described(p) for p in analysis.parameters}
    own = dict(identity or getattr(analysis, "identity", {}))
    return own | {"sampling": {**settings, "parameters": parameters}}
