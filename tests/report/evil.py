"""Names and texts that would be markup if they could, and an analysis that is full of them."""

FIXED = ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
EVIL = "<img src=x onerror=alert(1)>"
EVIL_TEXT = """</title></style><script>alert("text")</script><a href='javascript:alert(2)'>"""
OWN = f'''
import zprimefit
@zprimefit.component(parameters=["y_mu"], name="{EVIL}", cite=("javascript:alert(3)", "Mine:2026abc"), n_data=1)
def own(y_mu):
    """{EVIL_TEXT}"""
    return ((y_mu - 6e-4) / 1e-4) ** 2
'''
ANALYSIS = (
    f"name: 'evil <b> \" & co'\ndescription: |\n  {EVIL_TEXT}\nmodel: {{name: z2hdm}}\n"
    "components:\n  delta-a-mu: {}\n"
    "  delta-a-e: {reference: Rb_2023}\n  own: {use: 'own.py:own'}\nparameters:\n"
    + "".join(f"  {name}: {{free: false}}\n" for name in FIXED)
    + "  y_mu: {bounds: [1e-5, 1e-2]}\n"
)
