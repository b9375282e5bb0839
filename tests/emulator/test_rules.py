"""Rules of faults: how they are written, and by what chance they strike."""

import pytest

from storyforge.emulator.faults import Faults, read_rule
from storyforge.model.errors import UsageError


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "402:2",
        "402:0",
        "402:x",
        "402:1.5",
        "402@nobody",
        "code-0@hiapi",
        "402:1xx",
        "402:1.2.3",
        "402:5s",
        "clock:2x",
        "clock:0.5",
        "clock:s",
        "clock:+-3s",
        "late-list@joypix",
        "list-cut@runware",
    ],
)
def test_a_rule_that_says_nothing_is_refused(text):
    with pytest.raises(UsageError):
        read_rule(text)


def test_the_same_seed_has_the_same_faults():
    def drawn(seed):
        rules = Faults(["402:0.3"], seed)
        return [rules.strike("402", "joypix") for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 30 < sum(drawn(1)) < 90


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("clock", 3600),
        ("clock:75s", 75),
        ("clock:-75s", -75),
        ("clock:+0.5s@hiapi", 0.5),
        ("late-list:198000s", 198_000),
    ],
)
def test_a_fault_that_is_measured_has_as_many_seconds_as_its_rule_says(text, seconds):
    name, rules = text.split(":")[0], Faults([text])
    assert rules.seconds(name, "hiapi") == seconds
    assert rules.seconds(name, "runware") == (0 if "@" in text else seconds)
    assert rules.seconds("late-list" if name == "clock" else "clock", "hiapi") == 0
