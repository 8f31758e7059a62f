"""The report in a real browser: nothing is complained of or fetched, it fits a phone, and the keyboard reaches all."""

import pytest

from tests.browser import CHROMIUM, REASON, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=REASON)

PHONE, DESK = 375, 1280
REACHABLE = "a[href], summary, [tabindex='0']"
SHOWN = f'[...document.querySelectorAll("{REACHABLE}")].filter(e => e.checkVisibility())'
NUMBERED = f"{SHOWN}.forEach((e, k) => e.dataset.k = k)"
FOCUSED = "document.activeElement.dataset.k ?? null"


@pytest.fixture(scope="module")
def shown(page, tmp_path_factory):
    """The page in a browser."""
    with browser(tmp_path_factory.mktemp("browser")) as found:
        found.open(page, width=DESK)
        yield found


def test_page_is_rendered_and_nothing_is_complained_of_or_fetched(shown, page):
    assert shown.value("document.querySelectorAll('main h2').length") == 13
    images = "[...document.images].every(i => i.complete && i.naturalWidth > 100)"
    assert shown.value(images) is True
    assert shown.complaints == []
    assert [address for address in shown.requests if not address.startswith("data:image/png")] == [page.as_uri()]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_page_does_not_scroll_sideways(shown, page, width):
    shown.open(page, width=width)
    shown.value("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert shown.value("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    # What is wider scrolls in a box of its own.
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
    assert (shown.value(wide) > 0) == (width == PHONE)


def test_every_picture_has_a_text(shown):
    texts = shown.value("[...document.querySelectorAll('img, svg')].map(e => e.alt || e.ariaLabel || '')")
    assert texts
    assert min(map(len, texts)) > 80


def test_tab_reaches_everything_that_can_be_used(shown, page):
    shown.open(page, width=DESK)
    shown.value(NUMBERED)
    n = shown.value(f"{SHOWN}.length")
    assert n > 40
    reached, skip = [], "getComputedStyle(document.activeElement).outlineStyle"
    for _ in range(n):
        shown.press("Tab")
        reached.append(shown.value(FOCUSED))
        assert shown.value(skip) != "none"
    assert [int(k) for k in reached] == list(range(n))


def test_first_stop_skips_to_the_content(shown, page):
    shown.open(page, width=DESK)
    shown.press("Tab")
    assert shown.value("document.activeElement.textContent") == "Skip to the content"
    assert shown.value("document.activeElement.getBoundingClientRect().left") == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(shown, page, dark):
    """WCAG's 4.5 to 1, of the colours that the page is made of."""
    shown.open(page, width=DESK, dark=dark)
    style = "getComputedStyle(document.documentElement).getPropertyValue"
    names = ("ink", "soft", "accent", "paper", "tint")
    colour = {
        name: shown.value(f"{style}.call(getComputedStyle(document.documentElement), '--{name}')") for name in names
    }
    for text in ("ink", "soft", "accent"):
        for ground in ("paper", "tint"):
            assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    parts = [int(colour.strip()[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
