"""Pictures are brought to a host once, and once more where it has dropped them."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from storyforge.model.errors import UsageError

from .staging import Fake, Lost, job, settled


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.new("RGB", (16, 16), "red").save(path)
    return path


def test_a_picture_is_brought_to_a_host_once(stage, picture):
    jobs = [job(name) for name in "abc"]
    assert stage.run(*jobs, given={"sf:sha256:1": picture}) == [None] * 3
    stage.run(job("d"), given={"sf:sha256:1": picture})
    assert len(stage.site.pictures) == 1
    assert {str(json.loads(body)["pictures"]) for body in stage.site.bodies} == {"['id-1']"}
    stage.clock += 3601.0
    stage.run(job("e"), given={"sf:sha256:1": picture})
    assert len(stage.site.pictures) == 2


def test_a_small_picture_stands_inside_the_order(stage, picture):
    class Inline(Fake):
        inline_bytes = 100_000

    assert stage.run(job(), host=Inline(), given={"sf:sha256:1": picture}) == [None]
    (address,) = json.loads(stage.site.bodies[0])["pictures"]
    assert address.startswith("data:image/png;base64,")


def test_a_picture_without_an_address_is_not_ordered(stage, picture):
    class ByAddress(Fake):
        pictures = "address"

    end = settled(stage.run(job(), host=ByAddress(), given={"sf:sha256:1": picture}))
    assert isinstance(end, UsageError)
    assert (stage.site.bodies, stage.fates()) == ([], [])


def test_a_picture_is_brought_again_for_another_account_or_base_address(stage, picture):
    class Elsewhere(Fake):
        base_url = f"{Fake.base_url}/of-another-region"

    class Account(Fake):
        def authorization(self, keys):
            return {"Authorization": "Bearer of-somebody-else"}

    given = {"sf:sha256:1": picture}
    for count, host in enumerate((Fake(), Account(), Elsewhere(), Fake()), 1):
        assert stage.run(job(str(count)), host=host, given=given) == [None]
    assert len(stage.site.pictures) == 3


def refusal(words):
    return 400, {}, words


def test_a_picture_that_the_host_dropped_is_brought_again_and_ordered_once_more(stage, picture):
    given = {"sf:sha256:1": picture}
    stage.run(job("a"), given=given)
    stage.site.says = [refusal("picture id-1 is not known")]
    assert stage.run(job("b"), given=given) == [None]
    assert [json.loads(body)["pictures"] for body in stage.site.bodies] == [["id-1"], ["id-1"], ["id-2"]]
    assert stage.fates() == ["done", "refused", "done"]
    assert any("once more" in note for note in stage.notes)


def test_a_clip_that_is_refused_with_fresh_pictures_is_not_sent_again(stage, picture):
    stage.site.says = [refusal("no"), refusal("no")]
    settled(stage.run(job("a"), given={"sf:sha256:1": picture}))
    assert len(stage.site.bodies) == 1


def test_a_second_refusal_is_the_last(stage, picture):
    given = {"sf:sha256:1": picture}
    stage.run(job("a"), given=given)
    stage.site.says = [refusal("no")] * 3
    assert "refused this clip: no" in str(settled(stage.run(job("b"), given=given)))
    assert len(stage.site.bodies) == 3


def test_an_order_that_may_have_been_accepted_is_not_ordered_once_more_for_its_pictures(stage, picture):
    given = {"sf:sha256:1": picture}
    stage.run(job("a"), given=given)
    stage.site.says = [Lost(taken=True), refusal("picture id-1 is not known")]
    assert "is not known" in str(settled(stage.run(job("b"), given=given)))
    assert (len(stage.site.jobs), stage.fates()) == (2, ["done", "refused"])


def test_a_retry_brings_pictures_in_any_case(stage, picture):
    given = {"sf:sha256:1": picture}
    stage.run(job("a"), given=given)
    stage.terms.retry = True
    stage.run(job("b"), job("c"), given=given)
    assert len(stage.site.pictures) == 2
