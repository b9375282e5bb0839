"""A plan is shown as a table and a take by its first frame; every text in them is escaped."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from dataclasses import replace

from film.cards import card
from PIL import Image
from projects import Faked, project

from storyforge.compiler.compile import compile_file
from storyforge.planning.choices import read_takes
from storyforge.planning.film_plan import plan_film
from storyforge.planning.takes import Take

EVIL = '<script>alert("x")</script>'


def test_a_plan_is_a_table_with_its_cost(tmp_path):
    page = plan_film(compile_file(project(tmp_path), "runware"))._repr_html_()
    assert page.startswith("<table><caption>3 to render, $1.26</caption>")
    assert re.findall(r"<tr><td>(\w+)", page) == ["wait", "call", "boat", "film"]
    assert "<td>render</td><td>3</td><td>$0.42</td><td>new</td>" in page


def test_a_plan_escapes_its_words(tmp_path):
    plan = plan_film(Faked(project(tmp_path)).compiled())
    page = replace(plan, why=EVIL, planned=tuple(replace(one, why=EVIL) for one in plan.planned))._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4


def test_a_take_shows_its_first_frame_small_and_in_the_page(tmp_path):
    path = card(tmp_path / "take.mp4", 1)
    take = Take("a" * 64, "s", 2, "runware", "m", 3, usd=0.42, date="2026-11-20", here=True, path=path, chosen=True)
    page = take._repr_html_()
    (picture,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    with Image.open(io.BytesIO(b64decode(picture))) as frame:
        assert max(frame.size) <= 480
    assert page.endswith(
        "<figcaption>take 2 (aaaaaaaa) · runware · 3 s · $0.42 · 2026-11-20 · chosen</figcaption></figure>"
    )


def test_a_take_whose_file_is_no_film_or_not_here_shows_what_is_known(tmp_path):
    film = Faked(project(tmp_path))
    (wait,) = read_takes(film.compiled(), "wait")
    assert "<img" not in wait.takes[0]._repr_html_()
    evil = Take("b" * 64, "s", 1, EVIL, "m", 3)._repr_html_()
    assert "<script" not in evil
    assert evil.endswith(" · undated · not here</figcaption></figure>")
