"""What types cannot say: the rules of a good storyboard, one function each, in the tuple `CHECKS`.

A rule takes a `Context` and gives diagnostics. Its docstring is what `storyforge explain NAME` prints: the names it
gives and what is wrong in the first line, then why, a bad and a good example, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from storyforge.compiler.checks import cast, mentions, names, pictures, provider, timing
from storyforge.compiler.checks.context import Context, Rule
from storyforge.language.yaml_recovery import MANY, MORE
from storyforge.model.diagnostics import Diagnostic

CHECKS: tuple[Rule, ...] = (
    names.no_shots,
    names.duplicate_shots,
    names.unknown_scenes,
    names.unknown_shots,
    names.two_first_frames,
    names.cycles,
    mentions.unknown_people,
    mentions.mentions_outside,
    mentions.mentions_as_text,
    cast.no_reference,
    cast.no_mark,
    cast.too_many_marks,
    cast.shared_marks,
    cast.shared_names,
    cast.too_many_references,
    cast.unused_references,
    pictures.unusable_pictures,
    pictures.unfit_pictures,
    pictures.foreign_ids,
    pictures.plain_http,
    pictures.missing_music,
    timing.dialogue_length,
    timing.short_for_speech,
    timing.unknown_pace,
    timing.transitions,
    timing.padded_clips,
    timing.kept_cuts,
    timing.long_chains,
    timing.anchors,
    provider.unknown_providers,
    provider.unsupported_format,
    provider.needs_preference,
    provider.seeds_not_taken,
    provider.extra_elsewhere,
    provider.extra_clashes,
    provider.long_prompts,
)


def check_storyboard(context: Context) -> list[Diagnostic]:
    """All findings of all rules; what a misspelt name may mean is not called unused."""
    findings = [found for rule in CHECKS for found in _bound(rule(context))]
    if any(found.name in ("unknown-character", "unknown-look", "unknown-scene") for found in findings):
        return [found for found in findings if found.name != "unused-reference"]
    return findings


def _bound(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """As many findings of one rule as anybody may read, and that there are more."""
    for number, found in enumerate(findings):
        if number < MANY:
            yield found
            continue
        wrong = found.severity == "error"
        if number == MANY or wrong:
            message, hint = MORE
            yield replace(found, name="too-many-mistakes", message=message, hint=hint, fix=None, instead=None)
        # Of warnings all are gone through: an error may hide behind them, and without it the film would be rendered.
        if wrong:
            return
