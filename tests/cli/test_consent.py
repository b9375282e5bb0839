import io

import pytest

from storyforge.cli.consent import make_callbacks
from storyforge.cli.options import Console
from storyforge.cli.progress import Meter


class Asked:
    question = "Spend $0.98 at Runware for 1 clip?"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_at_a_terminal_the_sum_the_host_and_the_clips_are_asked_for(monkeypatch, capsys, answer, agreed):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert make_callbacks(Meter(Console()), yes=False).confirm(Asked()) is agreed
    assert capsys.readouterr().err == "Spend $0.98 at Runware for 1 clip? [y/N] "


def test_without_a_terminal_nothing_is_confirmed_but_by_the_flag(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert not make_callbacks(Meter(Console()), yes=False).confirm(Asked())
    assert make_callbacks(Meter(Console()), yes=True).confirm(Asked())
    assert capsys.readouterr().err == ""
