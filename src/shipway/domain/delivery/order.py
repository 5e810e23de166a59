"""The pipeline: which environments there are, and which comes after which."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from shipway.domain.policy import Policy
from shipway.domain.standing import Standing
from shipway.domain.trial import trial_of
from shipway.errors import UsageError

RANKS: Mapping[str, int] = {
    name: rank
    for rank, names in enumerate(
        (
            ("dev", "development", "test", "testing"),
            ("staging", "stage", "qa", "integration"),
            ("uat", "preprod", "pre-production", "acceptance"),
            ("production", "prod", "live"),
        )
    )
    for name in names
}
"""Where environments of these names stand when nobody says what comes after what."""

UNFIT = re.compile(r"(?<!\w)[./]|[./](?!\w)|[^\w./-]|\.(?=lock(?:/|$))")
"""What a name of an environment may hold and a name of a tag may not."""

DEFAULT = ("dev", "staging", "uat", "production")
"""The environments of a repository that names none."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Environments and what each comes after.

    Attributes:
        after: Environment → those directly before it, in the order in which a version reaches them.
        any_of: Environments that any one of those before them opens.
    """

    after: Mapping[str, tuple[str, ...]]
    any_of: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which a version reaches them."""
        return tuple(self.after)

    def next_of(self, name: str) -> tuple[str, ...]:
        """The environments directly after one."""
        return tuple(other for other, before in self.after.items() if name in before)

    def first(self) -> tuple[str, ...]:
        """The environments that come after none."""
        return tuple(name for name, before in self.after.items() if not before)

    def leads_to(self, earlier: str, later: str) -> bool:
        """Whether one comes somewhere before the other."""
        before = self.after.get(later, ())
        return earlier in before or any(self.leads_to(earlier, name) for name in before)

    def find(self, text: str) -> str:
        """The environment that people mean: trimmed, in any case, `prod` for `production`.

        Raises:
            UsageError: There is none of that name.
        """
        if found := called(self.names, text):
            return found
        wanted = text.strip().lower()
        near = get_close_matches(wanted, [name.lower() for name in self.names], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"There is no environment {text.strip()!r}." if wanted else "The environment's name is empty.",
            f"{hint}There are {', '.join(self.names)}.",
            reason_code="environment-unknown",
        )


def comes_from(pipeline: Pipeline, standings: Mapping[str, Standing], version: str, target: str) -> str:
    """Where a version comes from that nobody named: what holds it, else the first before; empty for nowhere."""
    if trial_of(version):
        return ""
    before = pipeline.after.get(target, ())
    holding = (name for name in before if name in standings and standings[name].verification(version))
    return next(holding, next(iter(before), ""))


def in_a_tag(environment: str) -> str:
    """An environment's name as tags have it."""
    return UNFIT.sub("-", environment)


def called(names: Iterable[str], text: str) -> str:
    """The one of these names that people mean: trimmed, in any case, `prod` for `production`; empty for none."""
    wanted, known = text.strip().lower(), tuple(names)
    exact = [name for name in known if name.lower() == wanted]
    alias = [name for name in known if wanted in RANKS and _same(name.lower(), wanted)]
    return exact[0] if exact else alias[0] if len(alias) == 1 else ""


_SAME = (
    frozenset({"dev", "development"}),
    frozenset({"staging", "stage"}),
    frozenset({"production", "prod"}),
)


def _same(name: str, wanted: str) -> bool:
    return any({name, wanted} <= words for words in _SAME)


def pipeline_of(policy: Policy, on_github: Sequence[str] = ()) -> Pipeline:
    """The pipeline as configured; as GitHub has it where nothing is; the usual four where it has none."""
    names = policy.pipeline or tuple(sorted(sorted(on_github), key=_rank)) or DEFAULT
    if any(environment.after for environment in policy.environments.values()):
        after = {name: policy.environments[name].after for name in names}
        return Pipeline(after, frozenset(n for n in names if policy.environments[n].join == "any"))
    if all(name.lower() in RANKS for name in names):
        names = tuple(sorted(names, key=_rank))
    return Pipeline({name: names[max(place - 1, 0) : place] for place, name in enumerate(names)})


def _rank(name: str) -> int:
    return RANKS.get(name.lower(), len(RANKS))
