"""Faults end a command with the exit code that scripts rely on."""

import pytest

from storyforge.model import errors
from storyforge.model.errors import BudgetError, CredentialsError, MediaError, StoryForgeError, UsageError
from storyforge.system import http as wire


@pytest.mark.parametrize(
    ("fault", "code"), [(StoryForgeError, 1), (MediaError, 1), (UsageError, 2), (BudgetError, 4), (CredentialsError, 5)]
)
def test_a_fault_has_its_exit_code(fault: type[StoryForgeError], code: int) -> None:
    raised = fault("it broke", "mend it")
    assert (raised.exit_code, str(raised), raised.hint) == (code, "it broke", "mend it")


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = {word for line in (errors.__doc__ or "").splitlines() for word in line.split() if word[:1].isupper()}
    faults = {name: one for name, one in {**vars(errors), **vars(wire)}.items() if isinstance(one, type)}
    own = {name for name, one in faults.items() if issubclass(one, StoryForgeError)}
    assert own - {"AnswerTooLarge"} <= drawn
