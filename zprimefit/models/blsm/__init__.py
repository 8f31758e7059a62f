"""The B - L extension of the Standard Model with inverse seesaw: Hammad, Rashed, Moretti 2022 (Phys. Lett. B)."""

from zprimefit.models.blsm.model import BLSM

__all__ = ["BLSM"]
