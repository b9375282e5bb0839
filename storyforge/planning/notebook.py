"""How a notebook shows a plan and a take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.html import escape_html, make_table
from storyforge.model.printable import format_usd

if TYPE_CHECKING:
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.planning.takes import Take

HEADS = ("clip", "state", "seconds", "cost", "why")

SIZE = (480, 480)
"""Pixels that a frame is made to fit in."""


def plan_html(film_plan: FilmPlan) -> str:
    """A plan as a table: a row for each clip and each further take, one for the film, and the cost as its caption."""
    rows = [
        (one.clip.id, one.state, str(one.clip.seconds), format_usd(one.usd) if one.state == "render" else "–", one.why)
        for one in (*film_plan.planned, *film_plan.further)
    ]
    count = len(film_plan.waiting)
    caption = f"{count} to render, {format_usd(film_plan.usd)}" if count else "nothing to render"
    return make_table(HEADS, [*rows, ("film", film_plan.state, "", "", film_plan.why)], caption)


def take_html(take: Take) -> str:
    """A take as its first frame, small and inside the page, above what is known of it; where its file cannot be shown,
    that alone."""
    facts = [f"take {take.number} ({take.sha256[:8]})", take.provider, f"{take.seconds} s", format_usd(take.usd)]
    facts += [take.date or "undated", *(["chosen"] if take.chosen else []), *([] if take.here else ["not here"])]
    caption = f"<figcaption>{escape_html(' · '.join(facts))}</figcaption>"
    frame = _first_frame(take.path) if take.path else None
    return f"<figure>{frame or ''}{caption}</figure>"


def _first_frame(path: Path) -> str | None:
    """The first frame of a film as an image of HTML; None where it has none that can be read."""
    from base64 import b64encode
    from io import BytesIO
    from tempfile import TemporaryDirectory

    from storyforge.animatic.pictures import open_picture
    from storyforge.model.errors import MediaError
    from storyforge.system.decode import first_frame

    with TemporaryDirectory(prefix="storyforge-") as folder:
        png = Path(folder, "frame.png")
        try:
            # In a process of its own: a take comes from elsewhere, and this may be a server of notebooks.
            first_frame(path, png)
            frame = open_picture(png)
        except (MediaError, OSError):
            return None
        frame.thumbnail(SIZE)
        small = BytesIO()
        frame.save(small, "JPEG", quality=85)
    return f'<img alt="" src="data:image/jpeg;base64,{b64encode(small.getvalue()).decode()}">'
