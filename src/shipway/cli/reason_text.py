"""A reason code, for people and for programs."""

from shipway.adapters.reason_codes import Reason


def reason_text(reason: Reason) -> str:
    """Code and sentence, where it comes from, and what lifts it."""
    lines = [f"{reason.code}: {reason.sentence}", f"  from: {reason.module}"]
    return "\n".join([*lines, f"  what lifts it: {reason.lifted}"] if reason.lifted else lines)


def reason_data(reason: Reason) -> dict[str, str]:
    """The same as an object."""
    return {
        "reason_code": reason.code,
        "sentence": reason.sentence,
        "from": reason.module,
        "lifted_by": reason.lifted,
    }
