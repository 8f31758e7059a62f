"""Labels without LaTeX, for pages that draw text as it is."""

import re
from typing import Final

SIGNS: Final = {
    **dict(zip(
        ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "pi", "phi", "tau", "Delta"),
        "αβγδεθλμνπφτΔ", strict=True,
    )),
    "to": "→", "pm": "±", "sin": "sin\u2009", "cos": "cos\u2009", "tilde": "~",
}  # fmt: skip
RAISED: Final = str.maketrans("0123456789+-±", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻±")


def plain(latex: str) -> str:
    r"""Text of a label, with signs in place of LaTeX's commands; powers are raised where there is a character for it.

    >>> plain(r"|U_{\\mu 4}|^2"), plain(r"$\\Delta\\to N\\gamma$"), plain(r"reconstructed $E_\\nu^{QE}$")
    ('|U_μ4|²', 'Δ→Nγ', 'reconstructed E_ν^QE')
    >>> plain("neutrino mode")
    'neutrino mode'
    """
    if "$" in latex:
        return re.sub(r"\$([^$]*)\$", lambda m: _maths(m[1]), latex)
    return _maths(latex) if re.search(r"[\\^_{]", latex) else latex


def _maths(text: str) -> str:
    text = re.sub(r"\\math[a-z]+\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda m: SIGNS.get(m[1], m[1]), text)
    text = re.sub(r"\^\{?([0-9+\-±]+)\}?", lambda m: m[1].translate(RAISED), text)
    return re.sub(r"[{}\\]", "", text).replace("'", "′").replace(" ", "")
