"""Workflows and their runs."""

from shipway.twin.graphql.fields import Context, Thing, resolves
from shipway.twin.graphql.lookup import thing


def _run_path(_: Context, run: Thing) -> str:
    return f"/{run.repository['full_name']}/actions/runs/{run['id']}"


def _workflow_path(_: Context, workflow: Thing) -> str:
    return f"/{workflow.repository['full_name']}/actions/workflows/{workflow['path'].rpartition('/')[2]}"


resolves("WorkflowRun", "resourcePath")(_run_path)
resolves("WorkflowRun", "url")(lambda context, run: context.world.url + _run_path(context, run))
resolves("Workflow", "resourcePath")(_workflow_path)
resolves("Workflow", "url")(lambda context, one: context.world.url + _workflow_path(context, one))


@resolves("WorkflowRun", "workflow")
def workflow_of(context: Context, run: Thing) -> Thing:
    """What ran."""
    found = context.world.store.get("workflow", run.repository["full_name"], run["path"])
    return thing("workflow", run.repository, found or {})
