"""Several numbers that are looked at together: one bad look at one of them is not yet a failure.

| What a look finds | What follows |
|---|---|
| all pass | pass; a warning where a look before did not find that |
| so many bad ones as are too many together | fail |
| anything else | another look, as long as there are any left |
| a bad one in every look, and none left | fail |
| anything else, and none left | what nobody could tell |
"""

from collections.abc import Mapping, Sequence

from shipway.domain.gate_policy import SignalsPolicy
from shipway.domain.verdict import Ruling, Verdict

Look = Mapping[str, Verdict]
"""Signal → what one look at it found."""


def decided(policy: SignalsPolicy, looks: Sequence[Look]) -> bool:
    """Whether another look would change nothing any more, or none is left."""
    if not looks:
        return False
    return (
        len(looks) >= policy.in_a_row
        or len(_bad(looks[-1])) >= policy.together
        or all(one.passed for one in looks[-1].values())
    )


def signals_verdict(gate: str, policy: SignalsPolicy, looks: Sequence[Look]) -> Verdict:
    """What all looks come to; there is at least one.

    Args:
        gate: Name of the gate.
        policy: What is too much.
        looks: The first one first.
    """
    last, count = looks[-1], len(looks)
    details = tuple(_lines(looks))
    bad = _bad(last)
    if len(bad) >= policy.together:
        return _failed(gate, "signals-together", f"{len(bad)} bad at once", bad, details)
    if all(one.passed for one in last.values()):
        late = f" at look {count}" if details else ""
        warning = bool(details) or any(one.warning for one in last.values())
        good = f"every signal is within its bounds{late}"
        return Verdict(gate, Ruling.PASS, "signals-within", good, details=details, warning=warning)
    if all(_bad(look) for look in looks):
        return _failed(gate, "signals-in-a-row", f"bad in {count} of {count} looks", bad, details)
    name, unknown = next(found for look in reversed(looks) for found in look.items() if _unclear(found[1]))
    summary = f"{name}: {unknown.summary}"
    return Verdict(gate, unknown.ruling, unknown.reason_code, summary, unknown.who, details)


def _failed(gate: str, reason: str, how: str, bad: Look, details: tuple[str, ...]) -> Verdict:
    found = "; ".join(f"{name}: {one.summary}" for name, one in bad.items())
    who = next(iter(bad.values())).who
    return Verdict(gate, Ruling.FAIL, reason, f"{how}: {found}", who, details)


def _bad(look: Look) -> Look:
    return {name: one for name, one in look.items() if one.ruling is Ruling.FAIL}


def _unclear(verdict: Verdict) -> bool:
    return verdict.ruling in {Ruling.ERROR, Ruling.INCONCLUSIVE}


def _lines(looks: Sequence[Look]) -> list[str]:
    """What did not pass, look by look."""
    return [
        f"look {number}: {name}: {one.summary}"
        for number, look in enumerate(looks, 1)
        for name, one in look.items()
        if not one.passed
    ]
