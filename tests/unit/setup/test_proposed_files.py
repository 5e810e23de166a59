"""What is written anew, and what people have made theirs."""

import pytest

from shipway.domain.setup.proposed_files import State, difference, marked, proposed_files

pytestmark = pytest.mark.requirement("FACE-2")
WRITTEN = marked("a: 1\n")


@pytest.mark.parametrize(
    ("there", "text", "state"),
    [
        (None, "a: 1\n", State.NEW),
        (WRITTEN, "a: 1\n", State.SAME),
        (WRITTEN, "a: 2\n", State.UPDATE),
        (f"{WRITTEN}b: 1\n", "a: 1\n", State.SAME),  # theirs, and nothing new is proposed
        (f"{WRITTEN}b: 1\n", "a: 2\n", State.EDITED),
        ("a: 1\n", "a: 1\n", State.EDITED),
        ("", "a: 1\n", State.EDITED),
        (f"# mine\n{WRITTEN}", "a: 2\n", State.EDITED),
    ],
)
def test_what_becomes_of_a_file(there: str | None, text: str, state: State) -> None:
    (found,) = proposed_files({"f": text}, {} if there is None else {"f": there})
    assert found.state is state
    assert found.after == marked(text)


def test_the_difference_is_a_unified_one() -> None:
    assert list(difference(proposed_files({"f": "a: 1\n"}, {}))) == [
        "--- /dev/null",
        "+++ b/f",
        "@@ -0,0 +1,2 @@",
        *(f"+{line}" for line in WRITTEN.splitlines()),
    ]
    assert list(difference(proposed_files({"f": "a: 2\n"}, {"f": WRITTEN})))[:2] == ["--- a/f", "+++ b/f"]
