import hashlib
import hmac

import pytest

from storyforge.providers.hiapi import HiApi

from .suite import NO_PROMPT_BESIDE_A_FRAME as NO_PROMPT
from .suite import HostConformance
from .talk import SINCE

SECRET = "a signing key of sixteen or more"
BODY = b'{"taskId": "tk-hiapi-1", "status": "success"}'
STAMP = str(int(SINCE))


def signature(body: bytes, stamp: str = STAMP, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class TestHiApi(HostConformance):
    provider = HiApi
    words = "[Image 1] greets [Image 2]."
    parameters = ("input",)
    may_go = NO_PROMPT

    def test_the_key_of_an_order_follows_the_fingerprint(self) -> None:
        keys = [
            HiApi().order(self.job("text-to-video", fingerprint=hue)).headers["Idempotency-Key"]
            for hue in ("red", "red", "blue")
        ]
        assert keys[0] == keys[1] != keys[2]
        assert 0 < len(self.ordered().headers["Idempotency-Key"].encode()) <= 255

    def test_an_order_can_name_who_is_called(self) -> None:
        order = self.ordered()
        called = HiApi().with_callback(order, "https://here.example/calls?token=t")
        assert called.json == {**order.json, "callback": {"url": "https://here.example/calls?token=t", "when": "final"}}
        assert (called.url, called.headers) == (order.url, order.headers)

    @pytest.mark.parametrize(
        ("what", "body", "stamp", "signed", "secret", "number"),
        [
            ("as it should be", BODY, STAMP, signature(BODY), SECRET, "tk-hiapi-1"),
            ("up to five minutes late", BODY, str(int(SINCE) - 300), signature(BODY, str(int(SINCE) - 300)), SECRET, "tk-hiapi-1"),
            ("later", BODY, str(int(SINCE) - 301), signature(BODY, str(int(SINCE) - 301)), SECRET, None),
            ("from the future", BODY, str(int(SINCE) + 301), signature(BODY, str(int(SINCE) + 301)), SECRET, None),
            ("a body that was changed", BODY.replace(b"1", b"2"), STAMP, signature(BODY), SECRET, None),
            ("a time that was changed", BODY, str(int(SINCE) + 1), signature(BODY), SECRET, None),
            ("another secret", BODY, STAMP, signature(BODY, secret="another"), SECRET, None),
            ("no signature", BODY, STAMP, "", SECRET, None),
            ("a signature in upper case", BODY, STAMP, signature(BODY).upper(), SECRET, None),
            ("no time", BODY, "", signature(BODY, ""), SECRET, None),
            ("a time that is none", BODY, "soon", signature(BODY, "soon"), SECRET, None),
            ("nothing to check it by", BODY, STAMP, signature(BODY), None, None),
            ("an empty secret", BODY, STAMP, signature(BODY, secret=""), "", None),
            ("signed, and no task", b"[]", STAMP, signature(b"[]"), SECRET, None),
        ],
    )  # fmt: skip
    def test_calls(
        self, what: str, body: bytes, stamp: str, signed: str, secret: str | None, number: str | None
    ) -> None:
        headers = {"X-HiAPI-Timestamp": stamp, "x-hiapi-signature": signed}
        for _ in range(2):  # the same call again says the same
            assert HiApi().read_callback(headers, body, secret, SINCE) == number, what
