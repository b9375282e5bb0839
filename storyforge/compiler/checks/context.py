"""What every rule is given: the storyboard, what was derived from it, and the pictures it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from storyforge.compiler.pictures import PictureCache
from storyforge.language.mentions import Face, Names, find_faces
from storyforge.model.clip import Clip, Prompt
from storyforge.model.diagnostics import Diagnostic, Path
from storyforge.model.storyboard import Shot, Storyboard
from storyforge.providers.base import Provider


@dataclass(frozen=True)
class Context:
    """A storyboard under check."""

    storyboard: Storyboard
    """As written, with every mistake that its types allow."""
    names: Names
    provider_of: Callable[[Shot], Provider | None]
    """Where a shot is rendered; None where nobody is called so."""
    main: Provider
    """Where the storyboard is rendered as a whole."""
    pictures: PictureCache
    clips: tuple[tuple[Clip, Prompt], ...]
    """What was packed, of all shots that can be: those of an unknown provider are not in it."""
    own: Callable[[Path], bool]
    """Whether a path is in the storyboard's own file, not in one that it uses."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The shots as written; none for a bible."""
        return self.storyboard.shots or ()

    @cached_property
    def faces(self) -> tuple[tuple[Face, ...], ...]:
        """Who is on screen in each shot."""
        packed = {beat.shot.id: beat for clip, _ in self.clips for beat in clip.beats}

        def faces_of(shot: Shot) -> tuple[Face, ...]:
            beat = packed.get(shot.id)
            if beat and beat.shot is shot and beat.lines == shot.dialogue:
                return beat.faces
            return find_faces(shot, shot.dialogue, self.names)  # not packed, or in several clips

        return tuple(map(faces_of, self.shots))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each shot in the film, by id, counted from 0; the first of several that share an id."""
        return {shot.id: index for index, shot in reversed(list(enumerate(self.shots)))}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of all shots, each once."""
        return tuple(self.places)

    @cached_property
    def hosts(self) -> tuple[Provider, ...]:
        """Every provider that renders something of the storyboard; of a bible, the one it names."""
        hosts = [host for shot in self.shots if (host := self.provider_of(shot))] or [self.main]
        return tuple({host.name: host for host in hosts}.values())

    def find_host(self, clip: Clip) -> Provider:
        """The provider that renders a clip, which is that of its first shot: shots of different providers share no
        clip."""
        return self.provider_of(clip.shots[0]) or self.main

    def find_path(self, clip: Clip, *rest: str | int) -> Path:
        """The path of a clip's first shot, or of something in it."""
        return "shots", self.places[clip.shots[0].id], *rest


Rule = Callable[[Context], Iterable[Diagnostic]]
