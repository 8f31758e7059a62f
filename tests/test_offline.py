"""Nothing is fetched at run time: an analysis is read, evaluated and fitted in a process that cannot reach anyone."""

import subprocess
import sys

OFFLINE = """
import socket, sys

def refuse(event, arguments):
    if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
        sys.stderr.write(f"reached for {event} {arguments}\\n")
        raise SystemExit(9)

sys.addaudithook(refuse)
"""
WORK = """
import zprimefit as zf
analysis = zf.load(sys.argv[1])
print(analysis.minus2lnl(analysis.defaults()))
print(zf.fit(analysis, starts=2, seed=1).status)
"""


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", OFFLINE + code, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_analysis_is_loaded_evaluated_and_fitted_without_a_network(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: offline\nmodel: {name: z2hdm}\ncomponents: {delta-a-mu: {}, delta-a-e: {}}\nparameters:\n"
        + "".join(f"  {n}: {{free: false}}\n" for n in ("m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta"))
    )
    done = run(WORK, path)
    assert done.returncode == 0, done.stderr
    value, status = done.stdout.split()
    assert float(value) > 0
    assert status in {"OK", "AT_LIMIT", "APPROXIMATE"}


def test_process_that_reaches_for_a_network_is_seen():
    done = run("socket.create_connection(('192.0.2.1', 80), timeout=0.01)")
    assert (done.returncode, "reached for socket." in done.stderr) == (9, True)
