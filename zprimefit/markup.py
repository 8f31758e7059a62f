"""Small pieces of HTML, for what notebooks show of an object: every text is escaped, nothing else is needed."""

from collections.abc import Iterable, Sequence
from html import escape


def paragraph(text: str) -> str:
    """A line of text.

    >>> paragraph("m < 3 & more")
    '<p>m &lt; 3 &amp; more</p>'
    """
    return f"<p>{escape(text)}</p>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose rows are named by their first cell.

    >>> table("two", ["name", "value"], [["a", "<1>"]])  # doctest: +NORMALIZE_WHITESPACE
    '<table><caption>two</caption><thead><tr><th scope="col">name</th><th
    scope="col">value</th></tr></thead><tbody><tr><th scope="row">a</th><td>&lt;1&gt;</td></tr></tbody></table>'
    """
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(map(_row, rows))}</tbody></table>"
    )


def points(items: Sequence[str]) -> str:
    """A list of sentences; nothing where there are none.

    >>> points(["a & b"]), points([])
    ('<ul><li>a &amp; b</li></ul>', '')
    """
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def _row(cells: Sequence[str]) -> str:
    name, *others = cells
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in others)}</tr>'
