"""AWS's request signature: the same as botocore's, over many requests; and the forms that a stored secret may have."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.signing import aws

NOW = 1_760_000_000.0
MOMENT = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW))
WORDS = st.text("abcXYZ019-._~ äß漢%:/@+&=", min_size=1, max_size=20)


class Fixed(SigV4Auth):  # type: ignore[misc]
    """botocore's signer at a fixed time."""

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = MOMENT
        if "x-amz-date" not in request.headers:
            request.headers["X-Amz-Date"] = MOMENT
        if self.credentials.token:
            request.headers["X-Amz-Security-Token"] = self.credentials.token
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "put"]),
    st.lists(WORDS, max_size=4),
    st.lists(st.tuples(WORDS, WORDS), max_size=4),
    st.binary(max_size=64),
    st.sampled_from(["", ":8443", ":443"]),
    st.sampled_from(["", "FwoGZXIvYXdzEXAMPLE/+=="]),
    st.booleans(),
)
def test_the_signature_is_botocores(
    method: str, path: list[str], query: list[tuple[str, str]], body: bytes, port: str, token: str, colon: bool
) -> None:
    safe = ":@" if colon else ""
    url = f"https://bedrock-runtime.eu-central-1.amazonaws.com{port}/" + "/".join(
        quote(each, safe=safe) for each in path
    )
    if query:
        url += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    headers = [(b"content-type", b"application/json"), (b"x-amzn-note", b" a  b "), (b"x-amz-meta", b"  one   two ")]
    key = aws.Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    got = dict(aws.sign(key, method, url, headers, body, NOW))

    request = AWSRequest(method=method.upper(), url=url, data=body)
    request.headers["content-type"] = "application/json"
    request.headers["x-amz-meta"] = "  one   two "
    Fixed(Credentials(key.id, key.secret, token or None), "bedrock", "eu-central-1").add_auth(request)
    assert got[b"authorization"].decode() == request.headers["Authorization"]
    assert got[b"x-amz-date"].decode() == MOMENT
    assert got.get(b"x-amz-security-token", b"").decode() == token


def test_what_was_signed_before_is_signed_anew() -> None:
    key = aws.Key("AKIDEXAMPLE", "secretsecret")
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse"
    once = aws.sign(key, "POST", url, [], b"{}", NOW)
    assert aws.sign(key, "POST", url, once, b"{}", NOW) == once


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("bedrock-runtime.ap-southeast-2.amazonaws.com", "ap-southeast-2"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("bedrock.eu-west-3.amazonaws.com", "eu-west-3"),
        ("vpce-0a-1b.bedrock-runtime.us-west-2.vpce.amazonaws.com", "us-west-2"),
        ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("bedrock-runtime.eu-north-1.api.aws", "eu-north-1"),
        ("127.0.0.1", "eu-south-1"),
    ],
)
def test_region(host: str, region: str) -> None:
    assert aws.region_of(host, aws.Key("A", "b", region="eu-south-1")) == region


def test_region_unknown() -> None:
    assert aws.region_of("proxy.example", aws.Key("A", "b")) == "us-east-1"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AKIDEXAMPLE:secret/key+long", aws.Key("AKIDEXAMPLE", "secret/key+long")),
        ("ASIAEXAMPLE:secret/key+long:tok/en==", aws.Key("ASIAEXAMPLE", "secret/key+long", "tok/en==")),
        (
            json.dumps({"accessKeyId": "A", "secretAccessKey": "B", "sessionToken": "C", "region": "eu-west-1"}),
            aws.Key("A", "B", "C", "eu-west-1"),
        ),
        (
            json.dumps({"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C"}}),
            aws.Key("A", "B", "C"),
        ),
        (json.dumps({"aws_access_key_id": "A", "aws_secret_access_key": "B"}), aws.Key("A", "B")),
        ("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl", None),
        ("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb24", None),
    ],
)
def test_forms_of_a_secret(text: str, key: aws.Key | None) -> None:
    assert aws.key_of(text) == key


@pytest.mark.parametrize("text", ["{", "{}", '{"accessKeyId": "A"}', '{"Credentials": []}', '{"accessKeyId": 1}'])
def test_an_object_without_a_key_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        aws.key_of(text)
    assert caught.value.cause == "unauthorised"


def test_a_key_does_not_show_itself() -> None:
    assert "hidden" not in repr(aws.Key("A", "hidden-secret", "hidden-token"))
