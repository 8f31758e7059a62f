"""B - L with inverse seesaw: Hammad, Rashed, Moretti 2022 (Phys. Lett. B)."""
