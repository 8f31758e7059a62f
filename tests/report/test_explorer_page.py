"""The explorer's page in a real browser, served by the command line."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from explored import FREE, YAML

from tests.browser import CHROMIUM, REASON
from zprimefit.analyses.loading import from_text
from zprimefit.analyses.reading import read_yaml
from zprimefit.units import read_quantity

HERE = Path(__file__).parent
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def analysis():
    return from_text(YAML, HERE, where="explored")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address of the page; at the end Ctrl-C stops the command, with exit code 0."""
    folder = tmp_path_factory.mktemp("explored")
    (folder / "explored.yaml").write_text(YAML, encoding="utf-8")
    shutil.copy(HERE / "explored.py", folder)
    command = [sys.executable, "-m", "zprimefit", "explore", "explored.yaml", "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={
            **os.environ, "BOKEH_RESOURCES": "cdn", "BOKEH_ALLOW_WS_ORIGIN": "evil.example",
            "PYTHONPATH": str(HERE.parents[1]), "PYTHONUNBUFFERED": "1",
        },
    )  # fmt: skip
    told = process.stdout.readline()
    assert " at http://127.0.0.1:" in told, process.communicate()[1]
    yield told.split(" at ")[1].split(" ;")[0]
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) == (0, False), errors


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip(REASON)
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: zprimefit[test]")
    with driver.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def page(browser, server):
    """A tab at the defaults; nothing it does may reach beyond this machine or complain."""
    complaints, asked = [], []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.rstrip("/"))
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda opened: asked.append(opened.url.replace("ws://", "http://")))
    tab.goto(server)
    tab.wait_for_selector(".total")
    yield tab
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((server, "data:"))] == []
    assert any(url.startswith(f"{server}ws") for url in asked)


def value_of(tab, analysis, name):
    """Value of a parameter by what stands in its field."""
    text = tab.get_by_label(f"value of {name}").input_value()
    return read_quantity(text, analysis.parameter(name).unit, what=name)


def wait_for_total(tab, expected):
    """Wait until -2 ln L is what is expected, to the digits shown."""
    tab.locator(".total b", has_text=f"{expected:.4f}").wait_for()


def copied(tab):
    """Values (n_free,) of the YAML in the clipboard."""
    tab.get_by_role("button", name="copy YAML").click()
    tab.get_by_text("copied; save it").wait_for()
    found = read_yaml(tab.evaluate("navigator.clipboard.readText()"), "clipboard")
    return [found["parameters"][name]["default"] for name in FREE]


def test_page_begins_at_the_defaults(page, analysis):
    wait_for_total(page, analysis.minus2lnl(analysis.defaults()))
    assert [page.get_by_role("rowheader", name=c.name).count() for c in analysis.components] == [1, 1, 1]


def test_slider_moved_by_keys_shows_what_the_analysis_says_there(page, analysis):
    handle = page.get_by_role("slider", name="y_mu")
    handle.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    before = analysis.parameter("y_mu").default
    page.locator(".total b").filter(has_not_text=f"{analysis.minus2lnl(analysis.defaults()):.4f}").wait_for()
    page.wait_for_timeout(2000)
    values = copied(page)
    assert values[FREE.index("y_mu")] == pytest.approx(before * 100 ** (20 / 400), rel=0.02)
    wait_for_total(page, analysis.minus2lnl(values))


def test_typed_value_moves_the_point_and_a_wrong_one_is_put_back(page, analysis):
    field = page.get_by_label("value of m_zprime")
    field.fill("300 MeV")
    field.press("Enter")
    at = analysis.defaults()
    at[0] = 0.3
    wait_for_total(page, analysis.minus2lnl(at))
    field.fill("heavy")
    field.press("Enter")
    page.get_by_text("m_zprime: cannot read 'heavy'").wait_for()
    page.wait_for_timeout(500)
    assert value_of(page, analysis, "m_zprime") == pytest.approx(0.3)


def place(page, x, y):
    """Pixel at shares of the plane's frame from its left and its bottom."""
    box = page.evaluate("""() => {
      const find = (view) => view.model.name === "plane" ? view : null
      const view = Object.values(Bokeh.index).map(find).find((v) => v !== null)
      const frame = view.frame.bbox, at = view.el.getBoundingClientRect()
      return {left: at.left + frame.left, top: at.top + frame.top, width: frame.width, height: frame.height}
    }""")
    return box["left"] + x * box["width"], box["top"] + (1 - y) * box["height"]


def share(analysis, name, value):
    p = analysis.parameter(name)
    low, high = (float(p.to_internal(b)) for b in p.bounds)
    return (float(p.to_internal(value)) - low) / (high - low)


def test_star_moves_the_sliders_by_a_click_and_by_a_drag(page, analysis):
    page.mouse.click(*place(page, 0.25, 0.5))
    page.locator(".total b").filter(has_not_text=f"{analysis.minus2lnl(analysis.defaults()):.4f}").wait_for()
    mass, coupling, *others = copied(page)
    assert share(analysis, "m_zprime", mass) == pytest.approx(0.25, abs=0.02)
    assert share(analysis, "g_B", coupling) == pytest.approx(0.5, abs=0.02)
    assert others == analysis.defaults()[2:].tolist()
    page.mouse.move(*place(page, 0.25, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.7), steps=8)
    page.mouse.move(*place(page, 0.75, 0.9), steps=8)
    page.mouse.up()
    page.wait_for_timeout(2000)
    values = copied(page)
    assert share(analysis, "m_zprime", values[0]) == pytest.approx(0.75, abs=0.02)
    assert share(analysis, "g_B", values[1]) == pytest.approx(0.9, abs=0.02)
    wait_for_total(page, analysis.minus2lnl(values))
    assert value_of(page, analysis, "m_zprime") == pytest.approx(values[0], rel=1e-3)
    # a published point puts all of it back
    page.get_by_role("button", name="table1").click()
    wait_for_total(page, analysis.minus2lnl(analysis.defaults()))
    assert copied(page) == analysis.defaults().tolist()


def test_fit_from_here_ends_lower_and_moves_the_sliders(page, analysis):
    field = page.get_by_label("value of y_mu")
    field.fill("2e-4")
    field.press("Enter")
    at = analysis.defaults()
    at[FREE.index("y_mu")] = 2e-4
    before = analysis.minus2lnl(at)
    wait_for_total(page, before)
    page.get_by_role("button", name="fit from here").click()
    page.get_by_role("button", name="stop the fit").wait_for()
    page.get_by_role("button", name="fit from here").wait_for()
    page.get_by_text("below its start").wait_for()
    values = copied(page)
    assert analysis.minus2lnl(values) <= min(before, 0.01)
    wait_for_total(page, analysis.minus2lnl(values))


def test_page_fits_a_telephone(page):
    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_timeout(1000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_other_origins_are_refused(server):
    # no urllib: it closes every connection, which is refused before the origin is looked at
    with closing(HTTPConnection(server.removeprefix("http://").rstrip("/"), timeout=60)) as connection:
        connection.request("GET", "/ws", headers={
            "Origin": "http://evil.example", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
        })  # fmt: skip
        with connection.getresponse() as answer:
            assert answer.status == 403


def test_server_listens_on_this_machine_alone(server):
    port = int(server.rstrip("/").rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", port)) != 0
