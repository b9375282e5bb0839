"""Dialects and limits are data, and their words stand in templates."""

from pathlib import Path

from storyforge.model.capabilities import (
    ALL_ASPECTS,
    ALL_MODES,
    CHARACTER_N,
    COMMON_ASPECTS,
    DESCRIPTIVE,
    EITHER_MODES,
    IMAGE_N,
    Limits,
)
from storyforge.providers import PROVIDERS
from storyforge.system.resources import resource_folder

MACROS = ("shown", "named", "kept", "bound", "placed")


def test_every_dialect_has_its_words_and_somebody_who_understands_them() -> None:
    names = {dialect.name for dialect in (CHARACTER_N, IMAGE_N, DESCRIPTIVE)}
    assert {path.stem for path in (resource_folder("templates") / "dialects").iterdir()} == names
    assert {kind.dialect.name for kind in PROVIDERS} == names


def test_every_dialect_says_the_same_things() -> None:
    for path in sorted(Path(resource_folder("templates") / "dialects").iterdir()):
        words = path.read_text(encoding="utf-8")
        assert [macro for macro in MACROS if f"macro {macro}(name, n)" not in words] == [], path.name


def test_what_few_take_is_part_of_what_all_know() -> None:
    assert set(COMMON_ASPECTS) < set(ALL_ASPECTS)
    assert set(EITHER_MODES) < set(ALL_MODES)
    assert Limits().min_seconds < Limits().speech_seconds < Limits().max_seconds
