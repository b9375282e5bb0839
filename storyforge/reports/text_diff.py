"""What changes in the text of a file, as a unified diff."""

from __future__ import annotations

import re


def unified_text(name: str, before: str, after: str) -> str:
    """What changes in a file, as a diff."""
    from difflib import unified_diff

    # Not `splitlines`, which parts lines at a form feed and at U+2028 too. Each line keeps its own end, to be compared.
    old, new = (re.findall(r".*?(?:\r\n|\n|\r)|.+", text) for text in (before, after))
    lines = unified_diff(old, new, name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
