"""What an address that deploys may be, what its answers mean, and what is left of its words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.config import read_policy
from shipway.domain.call_policy import CallPolicy
from shipway.domain.delivery.calling import Answer, called, harmless, looked_at
from shipway.domain.policy import DeployPolicy
from shipway.errors import UsageError

pytestmark = pytest.mark.requirement("DEP-2")

URL = "https://deploy.example/web"
NOT_HTTPS = "must begin with https://; http:// is for this machine alone"
A_SECRET = "must not hold a name or password: name a variable under `headers`"


def written(call: str) -> str:
    return f"environments: {{dev: {{deploy: {{call: {{{call}}}}}}}}}"


@pytest.mark.parametrize(
    "url", [URL, "http://localhost:8080/x", "http://127.0.0.1", "http://[::1]:9/", "https://10.0.0.1/deploy"]
)
def test_addresses_that_can_be_called(url: str) -> None:
    deploy = read_policy(written(f'url: "{url}", timeout: 10s')).environments["dev"].deploy
    assert deploy == DeployPolicy(call=CallPolicy(url=url, timeout=10))
    assert (deploy.acts, deploy.shown) == (True, f"POST {url}")


@pytest.mark.parametrize(
    ("call", "place", "complaint"),
    [
        ('url: "http://deploy.example"', "url", NOT_HTTPS),
        ('url: "http://localhost.example"', "url", NOT_HTTPS),
        ('url: "http://127.0.0.1.example"', "url", NOT_HTTPS),
        ('url: "ftp://localhost/x"', "url", NOT_HTTPS),
        ('url: "https://me:secret@deploy.example"', "url", A_SECRET),
        ('url: "https://secret@deploy.example"', "url", A_SECRET),
        ('url: "/deploy"', "url", "must be an address such as https://deploy.example/web, not '/deploy'"),
        (
            'url: "https://[x"',
            "url",
            "must be an address such as https://deploy.example/web, not 'https://[x'",
        ),
        (
            'url: "https://a b"',
            "url",
            "must be an address such as https://deploy.example/web, not 'https://a b'",
        ),
        (f'url: "{URL}", timeout: 0', "timeout", "must be more than 0 seconds"),
        (f'url: "{URL}", headers: {{idempotency-key: K}}', "headers.idempotency-key", "is set by Shipway"),
        (f'url: "{URL}", headers: {{"A B": K}}', "headers.A B", "is no name of a header"),
        (f'url: "{URL}", method: GET', "method", "must be one of 'POST', 'PUT' or 'PATCH', not \"GET\""),
    ],
)
def test_what_cannot_be_called_is_refused(call: str, place: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_policy(written(call))
    (_, line) = caught.value.message.splitlines()
    assert line.partition(": ")[2] == f"`environments.dev.deploy.call.{place}` {complaint}"


UNKNOWN = {408, 409, 425, 429}


@pytest.mark.parametrize("status", [0, *range(200, 600)])
def test_what_each_status_means(status: int) -> None:
    result = called(Answer(status=status), URL)
    done = 200 <= status < 300 and status != 202
    goes_on = status in {0, 202} or status in UNKNOWN or status >= 500
    assert (result.succeeded, result.going_on, result.location) == (done, goes_on, "")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("/jobs/1", "https://deploy.example/jobs/1"),
        ("jobs/1", "https://deploy.example/jobs/1"),
        ("https://deploy.example:443/1", "https://deploy.example:443/1"),
        ("https://DEPLOY.example/1", "https://DEPLOY.example/1"),
        ("http://deploy.example/1", ""),
        ("https://deploy.example:8443/1", ""),
        ("https://deploy.example.evil.example/1", ""),
        ("//evil.example/1", ""),
        ("https://deploy.example@evil.example/", ""),
        ("file:///etc/passwd", ""),
        ("https://[", ""),
    ],
)
def test_only_a_place_of_the_same_origin_is_looked_at(location: str, place: str) -> None:
    result = called(Answer(status=202, location=location), URL)
    assert (result.location, result.going_on) == (place, bool(place))


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_words_are_harmless(text: str) -> None:
    line = harmless(text)
    assert not set(line) & set('\r\n\t<>@#&*_`[]|$~\\{}"!^=\u202e')
    assert "://" not in line
    assert "::" not in line
    assert len(line) <= 120


@pytest.mark.parametrize("said", [None, 7, ["x"], {"a": 1}])
def test_words_that_are_none(said: object) -> None:
    assert harmless(said) == ""


@pytest.mark.parametrize("url", ["http://deploy.example/1", "https://a b", "https://x/)[a](b", 7, None])
def test_an_address_is_shown_only_where_it_is_plain(url: object) -> None:
    answer = Answer(status=200, document={"state": "in_progress", "description": "going", "url": url})
    assert looked_at(answer, URL).description == "going"
