import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from storyforge.model.capabilities import Mode
from storyforge.model.messages import Request
from storyforge.providers.host import data_uri
from storyforge.providers.runware import SIZES, Runware, task_uuid

from .suite import MIRA, HostConformance, left_to_host, said, schema_of
from .talk import PIXELS, SINCE

WITHOUT_PICTURES: Mapping[
    Mode, frozenset[str]
] = {  # the pictures alone tell the mode, so without them it is another mode
    "image-to-video": frozenset({"positivePrompt"}),
    "reference-to-video": frozenset({"inputs"}),
    "combined": frozenset({"positivePrompt", "referenceImages", "frameImages"}),
}


class TestRunware(HostConformance):
    provider = Runware
    parameters = (0,)
    may_go = WITHOUT_PICTURES

    def test_a_task_is_named_by_the_jobs_fingerprint(self) -> None:
        tasks = [Runware().order(self.job("combined", fingerprint=hue)).json[0] for hue in ("red", "red", "blue")]
        names = [UUID(task["taskUUID"]) for task in tasks]
        assert [name.version for name in names] == [4, 4, 4]
        assert names[0] == names[1] != names[2]
        assert str(names[0]) == task_uuid("red")

    def test_extra_inputs_join_the_pictures(self) -> None:
        job = self.job("reference-to-video", references=(MIRA,), extra={"inputs": {"note": 1}})
        assert Runware().order(job).json[0]["inputs"] == {"referenceImages": [MIRA], "note": 1}

    def test_an_order_can_name_who_is_called(self) -> None:
        order = self.ordered()
        called = Runware().with_callback(order, "https://here.example/calls?token=t")
        assert called.json == [{**order.json[0], "webhookURL": "https://here.example/calls?token=t"}]
        schema_of("runware").validate(said(called))

    def test_a_call_names_its_task_and_carries_no_signature(self) -> None:
        name = self.ordered().json[0]["taskUUID"]
        error = {"code": "inferenceError", "taskUUID": name}
        for told in ({"taskUUID": name, "videoURL": "https://films.example/1.mp4"}, error, {"errors": [error]}):
            assert Runware().read_callback({}, json.dumps(told).encode(), None, SINCE) == name
        assert Runware().read_callback({}, b"[]", None, SINCE) is None

    def test_a_price_is_asked_under_another_id_always_the_same(self) -> None:
        order = replace(self.ordered(), content=b"the bytes of the order")
        first, second = next(Runware().price(order)), next(Runware().price(order))
        assert first == second
        assert isinstance(first, Request)
        assert first.headers == {"X-Runware-Dry-Run": "1"}
        assert first.json[0]["taskUUID"] != order.json[0]["taskUUID"]
        assert first.content is None

    def test_each_upload_has_an_id_of_its_own(self) -> None:
        first, second = next(Runware().upload(PIXELS)), next(Runware().upload(PIXELS))
        assert first != second

    def test_nine_inline_pictures_are_less_than_a_megabyte(self) -> None:
        picture = data_uri(replace(PIXELS, content=bytes(Runware.inline_bytes)))
        assert 9 * len(picture) < 1_000_000

    @pytest.mark.parametrize("shape", SIZES)
    def test_a_size_is_near_the_aspect_and_no_smaller_than_the_resolution(self, shape: tuple[str, str]) -> None:
        width, height = SIZES[shape]
        across, down = map(int, shape[0].split(":"))
        assert width / height == pytest.approx(across / down, rel=0.02)
        assert min(width, height) >= int(shape[1].removesuffix("p"))


TASK = {
    "taskType": "videoInference",
    "taskUUID": "6f1c2b1e-52a4-4f0e-9a39-0c8f4f0f9d11",
    "model": "alibaba:happyhorse@1.1",
    "positivePrompt": "She waits.",
}
SIZE = {"width": 1280, "height": 720}
TIER = {"resolution": "720p"}
REFERENCES = {"referenceImages": ["https://pictures.example/mira.png"]}
FRAME = {"frameImages": ["https://pictures.example/door.png"]}
PICTURED: dict[str, Any] = {"inputs": REFERENCES}
OPENED: dict[str, Any] = {"inputs": FRAME}


@pytest.mark.parametrize(
    ("rule", "fields", "taken"),
    [
        ("width comes with height", {"width": 1280}, False),
        ("height comes with width", {"height": 720}, False),
        ("without pictures a size is needed", {}, False),
        ("without pictures a size is enough", SIZE, True),
        ("a size and a resolution exclude each other", {**PICTURED, **SIZE, **TIER}, False),
        ("a first frame excludes a size", {**OPENED, **SIZE}, False),
        ("a first frame with references excludes a size", {"inputs": {**FRAME, **REFERENCES}, **SIZE}, False),
        ("a first frame takes a resolution", {**OPENED, **TIER}, True),
        ("a resolution needs pictures", TIER, False),
        ("references take a resolution", {**PICTURED, **TIER}, True),
        ("references take a size", {**PICTURED, **SIZE}, True),
        ("references alone are enough", PICTURED, True),
        ("a width goes with its own height", {"width": 1280, "height": 832}, False),
        ("inputs are not empty", {"inputs": {}, **TIER}, False),
        ("there is one first frame", {"inputs": {"frameImages": FRAME["frameImages"] * 2}, **TIER}, False),
        ("a prompt is needed beside references", {**PICTURED, **TIER, "positivePrompt": None}, False),
        ("a first frame can do without a prompt", {**OPENED, **TIER, "positivePrompt": None}, True),
    ],
)
def test_the_schema_knows_how_the_fields_depend_on_each_other(rule: str, fields: dict[str, Any], taken: bool) -> None:
    task = {key: value for key, value in {**TASK, **fields}.items() if value is not None}
    request = {"method": "POST", "url": Runware.base_url, "json": [task]}
    assert schema_of("runware").is_valid(request) is taken, rule


def test_a_bare_task_leaves_its_choices_to_the_host() -> None:
    request = {"method": "POST", "url": Runware.base_url, "json": [{**TASK, **PICTURED}]}
    left = {name.removeprefix("json.0.") for name in left_to_host(schema_of("runware"), request)}
    output = {"numberResults", "outputType", "outputFormat", "outputQuality", "deliveryMethod", "includeCost"}
    assert left == {"resolution", "duration", "seed", *output}
