"""Secrets known by their shape: what issuers of tokens write so that it can be found, and the usual ways to write
credentials down. Named secrets and these meet in `domain.masking`.

Every pattern is linear in the text: no repetition is without a bound, none gives back what it took (`+` after a
repetition). A test holds that.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

HIDDEN = "***"


class Shape(NamedTuple):
    """A form that secrets have.

    Attributes:
        issuer: Who makes them, or what they are.
        signs: One of these, in lower case, is in every text that has one; looking for them first is quick.
        source: The pattern; its group `keep`, where it has one, stays in front of what is hidden, and `end` behind.
    """

    issuer: str
    signs: tuple[str, ...]
    source: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is wanted, which for most texts is never."""
        return _compiled(self.source)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.ASCII)


def _shape(issuer: str, signs: str, pattern: str) -> Shape:
    return Shape(issuer, tuple(signs.split()), pattern)


_START = r"(?<![A-Za-z0-9_-])"
_NO_MORE = r"(?![A-Za-z0-9])"
_ASSIGNED = r"[\"']?\s{0,3}+[:=]\s{0,3}+[\"']?"

SHAPES: tuple[Shape, ...] = (
    _shape("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}+"),
    _shape("GitHub", "github_pat_", r"github_pat_[A-Za-z0-9_]{36,255}+"),
    _shape("GitLab", "gl", r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.-]{20,255}+"),
    _shape("AWS", "akia asia abia acca", rf"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{{16}}{_NO_MORE}"),
    _shape(
        "AWS",
        "secret",
        rf"(?i)(?P<keep>aws_?secret_?(?:access_?)?key{_ASSIGNED})[A-Z0-9/+=]{{40}}(?![A-Z0-9/+=])",
    ),
    _shape("AWS", "token", rf"(?i)(?P<keep>aws_?session_?token{_ASSIGNED})[A-Z0-9/+=]{{64,4096}}+"),
    _shape("Google", "aiza", rf"AIza[A-Za-z0-9_-]{{35}}{_NO_MORE}"),
    _shape("Google", "ya29.", r"ya29\.[A-Za-z0-9_-]{20,2048}+"),
    _shape("Google", "gocspx-", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _shape("Google", "private_key_id", rf"(?P<keep>private_key_id{_ASSIGNED})[0-9a-f]{{40}}"),
    _shape("Slack", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,255}+"),
    _shape("Slack", "xapp-", r"xapp-[0-9]-[A-Za-z0-9-]{20,255}+"),
    _shape(
        "Slack",
        "hooks.slack.com/",
        r"(?P<keep>hooks\.slack\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_-]{20,255}+",
    ),
    _shape("Stripe", "_live_ _test_", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,255}+"),
    _shape("Stripe", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,255}+"),
    _shape("npm", "npm_", rf"npm_[A-Za-z0-9]{{36}}{_NO_MORE}"),
    _shape("PyPI", "pypi-", r"pypi-[A-Za-z0-9_-]{50,2048}+"),
    _shape("Azure", "sig=", r"(?P<keep>[?&](?:amp;)?sig=)[A-Za-z0-9%+/=_-]{20,255}+"),
    _shape("Azure", "key=", r"(?P<keep>(?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,255}+={0,2}+"),
    _shape("Telegram", ":aa", r"(?<![A-Za-z0-9_])(?<!-)[0-9]{8,10}+:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    _shape("Twilio", "sk", rf"{_START}SK[0-9a-f]{{32}}{_NO_MORE}"),
    _shape("Twilio", "token", rf"(?i)(?P<keep>twilio_?auth_?token{_ASSIGNED})[0-9a-f]{{32}}"),
    _shape("SendGrid", "sg.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _shape("Hugging Face", "hf_", rf"hf_[A-Za-z0-9]{{34,64}}+{_NO_MORE}"),
    _shape("OpenAI", "sk-", rf"{_START}sk-[A-Za-z0-9]{{32,255}}+(?![A-Za-z0-9-])"),
    _shape(
        "OpenAI, Anthropic",
        "sk-",
        r"sk-(?:proj|svcacct|admin|ant-[a-z0-9]{2,8}+|or-v1)-[A-Za-z0-9_-]{20,255}+",
    ),
    _shape("Docker", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,255}+"),
    _shape("DigitalOcean", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _shape("HashiCorp Vault", "hvs. hvb. hvr.", rf"{_START}hv[sbr]\.[A-Za-z0-9_-]{{24,512}}+"),
    _shape("Databricks", "dapi", rf"{_START}dapi[0-9a-f]{{32}}{_NO_MORE}"),
    _shape("Shopify", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _shape("age", "age-secret-key-1", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    _shape(
        "JSON Web Token",
        "eyj",
        rf"{_START}eyJ[A-Za-z0-9_-]{{8,4096}}+\.eyJ[A-Za-z0-9_-]{{8,8192}}+\.[A-Za-z0-9_-]{{8,4096}}+",
    ),
    _shape(
        "Authorization header",
        "authorization",
        r"(?i)(?P<keep>authorization[\"']?\s{0,3}+[:=]\s{0,3}+[\"']?"
        r"(?:(?:basic|bearer|token|digest|negotiate|aws4-hmac-sha256)\s{1,3}+)?+)"
        r"[A-Z0-9._~+/=-]{16,8192}+",
    ),
    _shape("Authorization header", "bearer", r"(?i)(?P<keep>bearer\s{1,3}+)[A-Z0-9._~+/-]{24,8192}+={0,2}+"),
    _shape(
        "URL with credentials",
        "://",
        r"(?P<keep>://)[^\s/?#:@\"'<>]{0,255}+:[^\s/?#@\"'<>]{1,1024}+(?P<end>@)",
    ),
    _shape(  # last, since its body takes letters of what follows
        "private key",
        "-----begin",
        r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?+-----[A-Za-z0-9+/=\\\s:,*]{0,20000}+"
        r"(?:-----END [A-Z0-9 ]{0,60}+-----)?+",
    ),
)

EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])(?!git@)[A-Za-z0-9._%+-]{1,64}+(?P<end>@[A-Za-z0-9-]{1,63}+"
    r"(?:\.[A-Za-z0-9-]{1,63}+){0,8}?\.[A-Za-z]{2,24}+)(?!\.?[A-Za-z0-9-])",
    re.ASCII,
)
"""An address; the name in front is hidden. `git@host` is how git writes an address of its own."""


_BY_SIGN = [(sign, shape) for shape in SHAPES for sign in shape.signs]
_WORTH_A_LOOK = re.compile(r"\S{15}|@|-----")
"""Is in every text with a secret in it: a long word, the end of a URL's credentials, or the edge of a key."""


def scrubbed(text: str) -> str:
    """The text without what has the shape of a secret."""
    if not _WORTH_A_LOOK.search(text):
        return text
    low = text.lower()
    for shape in dict.fromkeys([shape for sign, shape in _BY_SIGN if sign in low]):
        text = shape.pattern.sub(_hide, text)
    return text


def without_emails(text: str) -> str:
    """The text with the names of e-mail addresses hidden."""
    return EMAIL.sub(_hide, text) if "@" in text else text


def _hide(found: re.Match[str]) -> str:
    parts = found.groupdict()
    return f"{parts.get('keep') or ''}{HIDDEN}{parts.get('end') or ''}"


_PEM_START = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"\s{0,200}+[A-Za-z0-9+/=,:. -]{0,200}+\s{0,200}+")

LONGEST_KEY = 400
"""Lines of a private key; after these a beginning without an end is taken for text."""


class KeyLines:
    """Hides private keys that come line by line, of which no line alone has the shape of a secret."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        self._hide = hide
        self._left = 0

    def line(self, line: str) -> str:
        """The next line, hidden while a key goes on."""
        began = self._left > 0
        if _PEM_START.search(line):
            self._left = LONGEST_KEY
        elif began:
            self._left = self._left - 1 if _PEM_BODY.fullmatch(line) else 0
        inside = began and self._left > 0
        ended = _PEM_END.search(line) is not None
        if ended:
            self._left = 0
        return HIDDEN if inside or (began and ended) else self._hide(line)


def without_keys(lines: tuple[str, ...], hide: Callable[[str], str]) -> tuple[str, ...]:
    """Lines with private keys hidden, also one of which the beginning was cut off."""
    tail = next((at for at, line in enumerate(lines) if _PEM_END.search(line)), 0)
    head = tail
    while head and _PEM_BODY.fullmatch(lines[head - 1]) and len(lines[head - 1].strip()) >= 16:
        head -= 1
    following = KeyLines(hide).line
    return tuple(HIDDEN if head <= at <= tail and tail else following(line) for at, line in enumerate(lines))
