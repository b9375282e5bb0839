from projects import edited, project

from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.reports.plan_text import plan_text


def test_a_clip_that_its_host_cannot_take_has_no_price_and_is_not_counted(tmp_path):
    film_plan = plan_film(compile_file(project(tmp_path), "wavespeed"))
    *rows, total = plan_text(film_plan).splitlines()
    assert [row.split()[:2] for row in rows[:3]] == [["render", "wait"], ["render", "call"], ["render", "boat"]]
    assert ["$0.42" in row for row in rows[:3]] == [True, True, False]
    assert total == "2 of 3 clips to render, $0.84"


def test_a_field_of_the_authors_own_makes_a_price_unknown(tmp_path):
    path = project(tmp_path)
    edited(path, "id: wait", "id: wait\n    extra: {runware: {mood: 1}}")
    film_plan = plan_film(compile_file(path, "runware"))
    assert [one.usd for one in film_plan.planned] == [None, 0.42, 0.42]
    assert film_plan.usd is None
