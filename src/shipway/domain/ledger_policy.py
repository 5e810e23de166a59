"""What the configuration says about the ledger, and about what may be written there and elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shipway.domain.authority_rule import MAINTAINERS, AuthorityRule
from shipway.domain.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPolicy:
    """Where the ledger is kept.

    Attributes:
        backend: `git` for a branch of the repository itself, `s3` for a bucket, or the name of one that an installed
            package brings.
        url: Where, for those that need it, such as `s3://bucket/prefix`.
        acknowledge: Who may answer for a cut of the branch, so that `shipway audit verify` passes again.
    """

    backend: str = "git"
    url: str = ""
    acknowledge: AuthorityRule = MAINTAINERS

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """What is hidden besides secrets.

    Attributes:
        emails: Whether e-mail addresses stay in what is written and shown, or their names are hidden.
    """

    emails: Literal["keep", "mask"] = "keep"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


def ledger_problems(policy: LedgerPolicy) -> Iterator[tuple[str, str]]:
    """Setting and complaint for each that means nothing."""
    if not policy.backend:
        yield "backend", "must name a backend, such as git"
    if policy.backend == "git" and policy.url:
        yield "url", "means nothing to the backend git; leave it out or write `backend: s3`"
    if policy.backend == "s3" and not policy.url.startswith("s3://"):
        yield "url", f"must be the address of a bucket, such as s3://bucket/prefix, not {policy.url!r}"
