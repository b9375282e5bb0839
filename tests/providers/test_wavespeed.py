import hashlib
import hmac

import pytest

from storyforge.providers.wavespeed import WaveSpeed

from .suite import NO_PROMPT_BESIDE_A_FRAME, HostConformance
from .talk import SINCE

BODY = b'{"id": "n-1", "status": "completed"}'
STAMP = str(int(SINCE))


def signature(body: bytes, stamp: str = STAMP, key: str = "c2VjcmV0") -> str:
    return hmac.new(key.encode(), f"call-1.{stamp}.".encode() + body, hashlib.sha256).hexdigest()


class TestWaveSpeed(HostConformance):
    provider = WaveSpeed
    may_go = NO_PROMPT_BESIDE_A_FRAME

    def test_an_order_can_name_who_is_called(self) -> None:
        order = self.ordered()
        called = WaveSpeed().with_callback(order, "https://here.example/calls?token=t")
        assert called.url == f"{order.url}?webhook=https%3A%2F%2Fhere.example%2Fcalls%3Ftoken%3Dt"
        assert called.json == order.json

    def test_an_order_that_names_who_is_called_is_found_like_any_other(self) -> None:
        plain, called = self.ordered(), WaveSpeed().with_callback(self.ordered(), "https://here.example/api/v3/calls")
        assert next(WaveSpeed().price(plain)) == next(WaveSpeed().price(called))

    @pytest.mark.parametrize(
        ("what", "body", "stamp", "signed", "secret", "number"),
        [
            ("as it should be", BODY, STAMP, f"v3,{signature(BODY)}", "whsec_c2VjcmV0", "n-1"),
            ("a secret without its prefix", BODY, STAMP, f"v3,{signature(BODY)}", "c2VjcmV0", "n-1"),
            ("later than five minutes", BODY, str(int(SINCE) - 301), f"v3,{signature(BODY, str(int(SINCE) - 301))}", "c2VjcmV0", None),
            ("a body that was changed", BODY.replace(b"1", b"2"), STAMP, f"v3,{signature(BODY)}", "c2VjcmV0", None),
            ("a time that was changed", BODY, str(int(SINCE) + 1), f"v3,{signature(BODY)}", "c2VjcmV0", None),
            ("the key read as base64", BODY, STAMP, f"v3,{signature(BODY, key='secret')}", "whsec_c2VjcmV0", None),
            ("another version", BODY, STAMP, f"v1,{signature(BODY)}", "c2VjcmV0", None),
            ("no version", BODY, STAMP, signature(BODY), "c2VjcmV0", None),
            ("no signature", BODY, STAMP, "", "c2VjcmV0", None),
            ("a time with a sign", BODY, f"+{STAMP}", f"v3,{signature(BODY, f'+{STAMP}')}", "c2VjcmV0", None),
            ("nothing to check it by", BODY, STAMP, f"v3,{signature(BODY)}", None, None),
            ("an empty secret", BODY, STAMP, f"v3,{signature(BODY, key='')}", "whsec_", None),
            ("signed, and no prediction", b"{}", STAMP, f"v3,{signature(b'{}')}", "c2VjcmV0", None),
        ],
    )  # fmt: skip
    def test_calls(
        self, what: str, body: bytes, stamp: str, signed: str, secret: str | None, number: str | None
    ) -> None:
        headers = {"Webhook-Id": "call-1", "webhook-timestamp": stamp, "webhook-signature": signed}
        for _ in range(2):  # the same call again says the same
            assert WaveSpeed().read_callback(headers, body, secret, SINCE) == number, what

    def test_the_name_of_a_call_is_signed(self) -> None:
        headers = {"webhook-id": "call-2", "webhook-timestamp": STAMP, "webhook-signature": f"v3,{signature(BODY)}"}
        assert WaveSpeed().read_callback(headers, BODY, "c2VjcmV0", SINCE) is None
