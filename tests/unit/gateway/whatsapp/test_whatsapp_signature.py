"""Only bodies signed with one of our secrets are believed."""

import hmac

import pytest

from services.gateway.whatsapp import signature

SECRET = b"test_app_secret"
COMPACT = b'{"object":"whatsapp_business_account","entry":[]}'
SPACED = b'{"object": "whatsapp_business_account", "entry": []}'
VECTORS = [
    (COMPACT, "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
    (SPACED, "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"),
]


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_the_bytes_as_they_came_are_what_is_signed(body: bytes, digest: str) -> None:
    assert signature.valid(body, f"sha256={digest}", (SECRET,))
    assert not signature.valid(SPACED if body is COMPACT else COMPACT, f"sha256={digest}", (SECRET,))


def test_escapes_as_meta_writes_them_are_not_normalised() -> None:
    body = rb'{"text":"\u092c\u093f\u0932 a\/b \u0040"}'
    header = "sha256=" + hmac.digest(SECRET, body, "sha256").hex()
    assert signature.valid(body, header, (SECRET,))
    assert not signature.valid('{"text":"बिल a/b @"}'.encode(), header, (SECRET,))


@pytest.mark.parametrize("secrets", [(SECRET, b"new"), (b"new", SECRET)])
def test_both_secrets_are_accepted_during_rotation(secrets: tuple[bytes, ...]) -> None:
    assert signature.valid(COMPACT, f"sha256={VECTORS[0][1]}", secrets)
    assert not signature.valid(COMPACT, f"sha256={VECTORS[0][1]}", (b"new", b"newer"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        VECTORS[0][1],
        f"sha1={VECTORS[0][1]}",
        f"SHA256={VECTORS[0][1]}",
        f"sha256={VECTORS[0][1]} ",
        f"sha256={VECTORS[0][1][:-1]}",
        f"sha256={VECTORS[0][1]}00",
        "sha256=",
        "sha256=" + "g" * 64,
        "sha256=" + "٠" * 64,
        "sha256=\ud800",
    ],
)
def test_any_other_header_is_refused(header: str | None) -> None:
    assert not signature.valid(COMPACT, header, (SECRET,))


def test_without_a_secret_nobody_is_believed() -> None:
    signed_with_nothing = "sha256=" + hmac.digest(b"", COMPACT, "sha256").hex()
    assert not signature.valid(COMPACT, signed_with_nothing, ())
    assert not signature.valid(COMPACT, signed_with_nothing, (b"",))
