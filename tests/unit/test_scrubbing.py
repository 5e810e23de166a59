"""Secrets are known by their shape, quickly, and little else is taken for one."""

import re
import uuid
from base64 import b64encode
from hashlib import sha1, sha256, sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.masking import Mask
from shipway.domain.scrubbing import EMAIL, SHAPES, scrubbed

A36 = "aB3" * 12
"""Put together here, so that nobody who looks for secrets finds this file."""
KEY_BODY = [b64encode(sha512(str(n).encode()).digest()[:48]).decode() for n in range(6)]
PEM = ["-----BEGIN RSA " + "PRIVATE KEY-----", *KEY_BODY, "-----END RSA " + "PRIVATE KEY-----"]

SECRETS = {
    "ghp": "ghp_" + A36,
    "gho": "gho_" + A36,
    "ghs": "ghs_" + A36,
    "fine-grained": "github_pat_" + "11ABCDEFG0" + "_" + A36 * 2,
    "gitlab": "glpat-" + "xY9_" * 5,
    "aws-id": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws-session-id": "ASIA" + "IOSFODNN7EXAMPLE",
    "google-api": "AIza" + "Sy-b_c" * 5 + "aB3dE",
    "google-oauth": "ya29." + A36,
    "google-client": "GOCSPX-" + A36[:28],
    "slack": "xoxb-" + "1234567890-" + "abcDEF123",
    "slack-app": "xapp-1-" + A36,
    "stripe": "sk_live_" + A36[:24],
    "npm": "npm_" + A36,
    "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + A36 * 2,
    "telegram": "123456789:" + "AA" + A36[:33],
    "twilio": "SK" + "0123456789abcdef" * 2,
    "sendgrid": "SG." + A36[:22] + "." + (A36 * 2)[:43],
    "hugging-face": "hf_" + A36[:34],
    "openai": "sk-" + A36 + A36[:12],
    "openai-project": "sk-proj-" + A36 + "_-" + A36,
    "anthropic": "sk-ant-" + "api03-" + A36 * 2,
    "docker": "dckr_pat_" + A36[:27],
    "digitalocean": "dop_v1_" + "0123456789abcdef" * 4,
    "vault": "hvs." + A36,
    "databricks": "dapi" + "0123456789abcdef" * 2,
    "shopify": "shpat_" + "0123456789abcdef" * 2,
    "age": "AGE-SECRET-KEY-1" + "Q" * 58,
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9" + "." + "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + "." + A36,
    "key": "\n".join(PEM),
    "key-in-json": "\\n".join(PEM),
}

KEPT_IN_FRONT = {
    'aws_secret_access_key = "': "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "AWS_SECRET_ACCESS_KEY=": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    '"private_key_id": "': "6f1ed002ab5595859014ebf0951522d9abcdef01",
    "https://store.example/a.txt?sv=2&sig=": "abc%2Bdef%3D" + A36,
    "AccountName=a;AccountKey=": b64encode(sha512(b"azure").digest()).decode(),
    "https://hooks.slack.com/services/": "T00000000/B00000000/" + A36[:24],
    "Authorization: Basic ": b64encode(b"octocat:opensesame").decode(),
    "authorization: bearer ": A36,
    '-H "Authorization: token ': A36,
    "proxy uses Bearer ": A36,
    "git clone https": "://octocat:opensesame",
    "postgres": "://app:p%40ss:word",
}

NEAR_MISSES = [
    "08c6903cd8c0fde910a37f88322edcfb5dd907a8",
    f"sha256:{sha256(b'image').hexdigest()}",
    f"sha512-{b64encode(sha512(b'package').digest()).decode()}",
    str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF)),
    "v1.2.3-rc.1+build.20261121",
    "pkg:pypi/requests@2.32.0",
    "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    "https://github.com/octo-org/hello/compare/v1.0.0...v1.1.0",
    "http://localhost:8080/a:b@c",
    "https://example.com:8443/@scope/name",
    "git@github.com:octo-org/hello.git",
    "ssh://git@github.com/octo-org/hello.git",
    "sk-learn-contrib-and-a-very-long-package-name-that-goes-on",
    "task-0123456789abcdef0123456789abcdef01234567",
    "ghp_short and gh_pages and glob-pattern-of-many-files",
    "12:34:56 at 2026-11-21T12:34:56Z",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65",
    "Authorization: required",
    "The bearer of bad news, and the bearer token itself",
    "key: gates:6f1ed002ab5595859014ebf0951522d9:0123456789ab",
    "PR_kwDOABCDEF5abcDEF and MDExOlB1bGxSZXF1ZXN0MQ==",
    "pypi-publish and npm_config_registry and hf_hub and xoxo-kisses",
]


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("around", ["{}", "token={} and more", '{{"a":"{}"}}', "a\\n{}\\nb", "`{}`."])
def test_what_issuers_make_is_hidden(name: str, around: str) -> None:
    secret = SECRETS[name]
    if around.startswith("a\\n") and name in {"twilio", "openai", "jwt", "databricks", "vault", "telegram"}:
        around = "a\n{}\nb"  # their form is weak, so they are only known where a word begins

    assert scrubbed(around.format(secret)) == around.format("***")


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("front", KEPT_IN_FRONT)
def test_what_introduces_a_secret_stays(front: str) -> None:
    secret = KEPT_IN_FRONT[front]
    shown = scrubbed(f"{front}{secret}{'@example.com/x' if secret.startswith('://') else ''}")

    assert secret.removeprefix("://") not in shown
    assert shown.startswith(front)
    assert "***" in shown


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.requirement("SEC-2")
@given(st.binary(max_size=300), st.sampled_from([sha1, sha256, sha512]))
def test_digests_and_encoded_bytes_stay(data: bytes, algorithm: type) -> None:
    digest = algorithm(data)
    text = f"{digest.hexdigest()} {b64encode(digest.digest()).decode()} {uuid.uuid5(uuid.NAMESPACE_OID, data.hex())}"

    assert Mask().text(text) == text


@pytest.mark.requirement("SEC-2")
@given(st.text(), st.sampled_from(sorted(SECRETS)), st.text())
def test_nothing_around_a_secret_brings_it_back(before: str, name: str, after: str) -> None:
    text = f"{before} {SECRETS[name]} {after}"

    assert SECRETS[name] not in scrubbed(text)
    assert scrubbed(scrubbed(text)) == scrubbed(text)


def test_every_shape_is_shown_to_work() -> None:
    texts = [*SECRETS.values(), *(f"{front}{rest}@host" for front, rest in KEPT_IN_FRONT.items())]
    more = ["aws_session_token=" + A36 * 3, "whsec_" + A36, "twilio_auth_token: " + "0" * 32]
    unused = [s for s in SHAPES if not any(s.pattern.search(t) for t in [*texts, *more])]

    assert unused == []
    assert [t for t in more if scrubbed(t) == t] == []


@pytest.mark.requirement("SEC-2")
def test_every_text_that_a_shape_takes_has_one_of_its_signs() -> None:
    texts = [*SECRETS.values(), *(f"{front}{rest}@host" for front, rest in KEPT_IN_FRONT.items())]
    for shape in SHAPES:
        for text in filter(shape.pattern.search, texts):
            assert any(sign in text.lower() for sign in shape.signs), (shape.issuer, text)


REPEATS = {re._constants.MAX_REPEAT, re._constants.MIN_REPEAT}
UNBOUNDED = int(re._constants.MAXREPEAT)


def ways(parsed: "re._parser.SubPattern") -> int:
    """In how many ways a pattern can be tried at one place at most: what it gives back multiplies."""
    number = 1
    for kind, value in parsed:
        match kind:
            case re._constants.BRANCH:
                number *= sum(map(ways, value[1]))
            case re._constants.SUBPATTERN:
                number *= ways(value[-1])
            case re._constants.ATOMIC_GROUP:
                ways(value)
            case re._constants.ASSERT | re._constants.ASSERT_NOT:
                number *= ways(value[1])
            case re._constants.POSSESSIVE_REPEAT:
                assert value[1] < UNBOUNDED
                ways(value[2])
            case kind if kind in REPEATS:
                assert value[1] < UNBOUNDED
                number *= (value[1] - value[0] + 1) * max(1, ways(value[2]))
    return number


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("pattern", [*(s.pattern for s in SHAPES), EMAIL], ids=lambda p: p.pattern[:30])
def test_the_work_for_each_character_is_bounded(pattern: re.Pattern[str]) -> None:
    """Steps for each place are at most ways times width, whatever the text: so the whole is linear in the text."""
    parsed = re._parser.parse(pattern.pattern, pattern.flags)

    assert ways(parsed) <= 64
    assert parsed.getwidth()[1] < 30_000


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 100_000,
        "eyJaaaaaaaaaa." * 20_000,
        "-----BEGIN PRIVATE KEY-----" * 10_000,
        "-----BEGIN " + "A " * 150_000,
        "://" + ":" * 300_000,
        "://a:" * 60_000,
        "authorization:" + " " * 300_000,
        "bearer " * 40_000,
        "a" * 300_000 + "@",
        "a@" * 150_000,
        "a@" + "b." * 150_000,
        "sig=" * 70_000,
        "sk-" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    shown = Mask(emails=True).text(f"{text} {SECRETS['ghp']}")

    assert shown.endswith("***")
    assert A36 not in shown


@pytest.mark.requirement("SEC-2")
def test_a_private_key_that_comes_line_by_line_is_hidden_and_what_follows_is_not() -> None:
    line = Mask().stream()
    shown = [line(text) for text in ["before", *PEM, "after", KEY_BODY[0]]]

    assert shown[0] == "before"
    assert shown[1:-2] == ["***"] * len(PEM)
    assert shown[-2:] == ["after", KEY_BODY[0]]


@pytest.mark.requirement("SEC-2")
def test_a_beginning_without_an_end_hides_no_prose() -> None:
    line = Mask().stream()
    shown = [line(text) for text in [PEM[0], KEY_BODY[0], "Traceback (most recent call last):", "rest"]]

    assert shown == ["***", "***", "Traceback (most recent call last):", "rest"]


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("first", range(len(PEM) - 1))
def test_the_rest_of_a_private_key_is_hidden(first: int) -> None:
    shown = Mask().lines(["failed:", *PEM[first:], "done"])

    assert shown == ("failed:", *["***"] * (len(PEM) - first), "done")


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("by alice@example.com.", "by ***@example.com."),
        ("<alice.b+c@mail.example.co.uk>", "<***@mail.example.co.uk>"),
        ("git@github.com:octo-org/hello", "git@github.com:octo-org/hello"),
        ("package@1.2.3 and @alice", "package@1.2.3 and @alice"),
        ("actions/checkout@v5", "actions/checkout@v5"),
    ],
)
def test_addresses_are_hidden_by_choice(text: str, shown: str) -> None:
    assert Mask(emails=True).text(text) == shown
    assert Mask().text(text) == text
