"""What is shown holds no key and no signed address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyforge.system.secrets import Secrets, redact


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: ***"),
        ("{'authorization': 'Bearer abcdef123456'}", "{'authorization': '***'}"),
        ('{\\"Authorization\\": \\"Basic YTpi\\"}', '{\\"Authorization\\": \\"***\\"}'),
        ("sent bearer abcdef123456.", "sent bearer ***"),
        ("basic dXNlcjpwYXNzd29yZA==", "basic ***"),
        ("basic understanding of light", "basic understanding of light"),
        ("X-API-Key: abc", "X-API-Key: ***"),
        ("RUNWARE_API_KEY=abc123, then", "RUNWARE_API_KEY=***, then"),
        ("https://a:b@host.test/x", "https://***@host.test/x"),
        ("https://h.test/f.mp4?X-Amz-Signature=1&b=2", "https://h.test/f.mp4?***"),
        ("https://h.test/f?b=2&sig=abc end", "https://h.test/f?*** end"),
        ("https://h.test/f?Expires=1", "https://h.test/f?***"),
        ("https://h.test/f?Key-Pair-Id=K", "https://h.test/f?***"),
        ("https://h.test/f?x-oss-process=1", "https://h.test/f?***"),
        ("https://h.test/f?%73ig=abc", "https://h.test/f?***"),
        ("https://h.test/f?next=https%3A%2F%2Fc.test%3Fsig%3D1", "https://h.test/f?***"),
        ('{"url": "https://h.test/f?a=1\\u0026token=1"}', '{"url": "https://h.test/f?***"}'),
        ("https://h.test/hook?token=abc", "https://h.test/hook?***"),
        ("https://h.test/#access_token=abc", "https://h.test/#***"),
        ('GET /f?Signature=1 HTTP/1.1"', 'GET /f?*** HTTP/1.1"'),
        ("https://h.test/list?page=2&limit=50", "https://h.test/list?page=2&limit=50"),
        ("is it lost? nobody=knows", "is it lost? nobody=knows"),
        ("`duration` is 3", "`duration` is 3"),
    ],
)
def test_text_is_shown_without_keys_and_signed_queries(text, seen):
    assert redact(text) == seen
    assert redact(seen) == seen


def test_a_known_key_is_hidden_wherever_it_turns_up():
    hidden = Secrets()
    hidden.add("pa/ss+word", "  spaced-key  ", "", "tiny")
    text = "pa/ss+word pa%2Fss%2Bword spaced-key tiny"
    assert hidden.redact(text) == "*** *** *** tiny"


@given(
    st.text(max_size=40),
    st.sampled_from(
        ["sig", "X-Amz-Security-Token", "Signature", "token", "Policy", "x-goog-signature", "AWSAccessKeyId"]
    ),
    st.text("abcdefghijklmnop0123456789%+/=", min_size=8, max_size=40),
)
def test_no_signed_query_survives(before, name, value):
    assert f"={value}" not in redact(f"{before} https://h.test/f.mp4?a=1&{name}={value}")
