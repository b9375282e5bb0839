"""What a film is to say of itself, from its storyboard and its takes; no clock tells anything."""

from __future__ import annotations

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.timeline import Timeline
from storyforge.film.tags import Tags
from storyforge.planning.film_key import chapters
from storyforge.planning.takes import played_take
from storyforge.providers import is_free
from storyforge.system.store import Store


def make_tags(compiled: Compiled, timeline: Timeline) -> Tags:
    """The tags of a film. Its date is that of its latest take from a host; one that is drawn here has none, and is the
    same on every day. MediaError if a take cannot be read."""
    from storyforge.film.subtitle_files import language_code

    board, store = compiled.storyboard, compiled.project.store
    hosted = [placed.one for placed in timeline.clips if not is_free(placed.one.clip.provider)]
    dates = [date for one in hosted if (date := take_date(one, store))]
    return Tags(
        board.title,
        board.format.artist,
        max(dates, default=None),
        language_code(board.language),
        tuple(chapters(compiled, timeline)),
        bool(hosted),
        next(filter(None, (_aigc(one, store) for one in hosted)), None),
    )


def _aigc(one: Planned, store: Store) -> str | None:
    from storyforge.film.origin import read_origin

    take = played_take(one, store)
    return read_origin(store.take(take)).aigc if take and store.take(take).is_file() else None


def take_date(one: Planned, store: Store) -> str | None:
    """The day on which a clip's take was rendered, where it is known."""
    # A take that was accepted came of another slate than the one that the clip has now.
    record = store.rendering(one.slate if one.take else one.job.fingerprint) or {}
    return record.get("date") or (one.block.date if one.block else None)
