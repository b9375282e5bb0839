"""HTML for notebooks: every text in it is escaped, and nothing in it runs or is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def make_table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """A table of texts; a line end in a cell begins a new line."""
    head = "".join(f"<th>{escape_html(cell)}</th>" for cell in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape_html(cell)}</td>' for cell in row)}</tr>" for row in rows)
    title = f"<caption>{escape_html(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def escape_html(text: str) -> str:
    """A text as HTML shows it."""
    return escape(text).replace("\n", "<br>")
