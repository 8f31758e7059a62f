"""The B - L extension of the Standard Model with inverse seesaw (Phys. Lett. B 827 (2022) 136945, "paper B")."""
