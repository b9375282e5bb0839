"""What a film is to say of itself, from its storyboard and its takes; no clock tells anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storyforge.compile import Compiled
from storyforge.film.tags import Tags
from storyforge.plan import Planned
from storyforge.reel import Reel
from storyforge.store import Store
from storyforge.takes import is_free, played_take


def tags_of(compiled: Compiled, reel: Reel, store: Store) -> Tags:
    """The tags of a film. Its date is that of its latest take from a host; one that is drawn here has none, and is the
    same on every day. MediaError if a take cannot be read."""
    from storyforge.film.subtitles import language_code

    board = compiled.board
    assert board is not None
    hosted = [placed.one for placed in reel.clips if not is_free(placed.one.clip.provider)]
    dates = [date for one in hosted if (date := taken_on(one, store))]
    return Tags(
        board.title,
        board.format.artist,
        max(dates, default=None),
        language_code(board.language),
        tuple(chapters(compiled, reel)),
        bool(hosted),
        next(filter(None, (_aigc(one, store) for one in hosted)), None),
    )


def _aigc(one: Planned, store: Store) -> str | None:
    from storyforge.film.origin import read_origin

    take = played_take(one, store)
    return read_origin(store.take(take)).aigc if take and store.take(take).is_file() else None


def taken_on(one: Planned, store: Store) -> str | None:
    """The day on which a clip's take was rendered, where it is known."""
    record = store.rendering(one.slate if one.take else one.job.fingerprint) or {}
    return record.get("date") or (one.block.date if one.block else None)


def told_fields(compiled: Compiled) -> dict[str, Any]:
    """What the author wrote that makes another film of the same picture and sound, by path."""
    board = compiled.board
    assert board is not None
    return {
        "language": board.language,
        "dialogue": [] if board.format.subtitles == "none" else [_lines(one) for one in compiled.planned],
    }


def names_of(compiled: Compiled) -> list[str]:
    """What a film is called, and its scenes. With others it is the same film, and they are put in anew."""
    assert compiled.board is not None
    return [compiled.board.title, *(name for _, name in chapters(compiled, compiled.reel))]


def _lines(one: Planned) -> list[Any]:
    """What is said in a clip, by the lengths of its shots."""
    said = [[beat.milliseconds, [[line.text, line.unseen] for line in beat.lines]] for beat in one.clip.beats]
    return said if any(lines for _, lines in said) else []


def chapters(compiled: Compiled, reel: Reel) -> Iterator[tuple[int, str]]:
    """The frame on which each scene begins, and its name; a scene that comes back begins again."""
    assert compiled.board is not None
    last = None
    for one, _, start, _ in reel.shots():
        if one.clip.scene != last:
            last = one.clip.scene
            name = compiled.board.place(last).name or last
            yield start, name[:1].upper() + name[1:]
