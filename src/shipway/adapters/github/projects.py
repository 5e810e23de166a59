"""Cards of GitHub's projects: put an issue into a column."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.github.client import GitHub, Refused, document_text
from shipway.errors import GitHubError

_ADD = """mutation Add($input: AddProjectV2ItemByIdInput!, $column: String!) {
  addProjectV2ItemById(input: $input) {
    item { id fieldValueByName(name: $column) { ... on ProjectV2ItemFieldSingleSelectValue { optionId } } }
  }
}"""
_MOVE = """mutation Move($input: UpdateProjectV2ItemFieldValueInput!) {
  updateProjectV2ItemFieldValue(input: $input) { projectV2Item { id } }
}"""


def move_card(github: GitHub, issue: str, title: str, column: str, option: str) -> str:
    """Put an issue into a column of a project of the repository's owner; done again, it moves nothing.

    Args:
        issue: Node id.
        title: Of the project.
        column: Name of its single-select field.
        option: Name of one of its options, in any case.

    Returns:
        Why it was not done, as a sentence; empty when it was. A board is never worth stopping for.

    Raises:
        Transient: Whether it was done is unknown.
    """
    try:
        project = _project(github, title, column)
    except GitHubError as problem:
        return _not_moved(title, problem)
    if project is None:
        return f"{github.owner} has no project {title!r}, so no card was moved."
    field = project["field"]
    if not field:
        return f"Project {title!r} has no single-select field {column!r}, so no card was moved."
    wanted = next((one["id"] for one in field["options"] if one["name"].lower() == option.lower()), "")
    if not wanted:
        known = ", ".join(one["name"] for one in field["options"])
        return f"Field {column!r} of project {title!r} has no {option!r} ({known}), so no card was moved."
    try:
        _move(github, project["id"], issue, (column, field["id"], wanted))
    except GitHubError as problem:
        return _not_moved(title, problem)
    return ""


def _not_moved(title: str, problem: GitHubError) -> str:
    """What keeps from projects may be the token; what may pass is for the caller to try again."""
    if problem.retryable:
        raise problem
    lacks = problem.reason_code == "permission-missing" or isinstance(problem, Refused)
    hint = (
        " A workflow's own token cannot: use one with the permission `organization_projects: write`."
        if lacks
        else ""
    )
    return f"The card on {title!r} was not moved: {problem.message}{hint}"


def _project(github: GitHub, title: str, column: str) -> Mapping[str, Any] | None:
    answer = github.query(document_text("project"), title=title, column=column)
    rows = ((answer["repositoryOwner"] or {}).get("projectsV2") or {}).get("nodes") or ()
    return next((row for row in rows if row and row["title"] == title and not row["closed"]), None)


def _move(github: GitHub, project: str, issue: str, place: tuple[str, str, str]) -> None:
    column, field, option = place
    added = github.mutate(_ADD, input={"projectId": project, "contentId": issue}, column=column)
    item = added["addProjectV2ItemById"]["item"]
    if (item["fieldValueByName"] or {}).get("optionId") == option:
        return
    value = {"singleSelectOptionId": option}
    given = {"projectId": project, "itemId": item["id"], "fieldId": field, "value": value}
    github.mutate(_MOVE, input=given)
