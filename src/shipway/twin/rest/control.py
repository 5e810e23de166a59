"""`/_twin/…`: what the twin tells about itself, and the faults it takes orders for."""

from dataclasses import asdict

from shipway.twin.errors import Refused
from shipway.twin.routing import Call, Reply, route
from shipway.twin.state import state
from shipway.twin.store import Json


@route("GET", "/_twin/journal", needs=None)
def journal(call: Call) -> Json:
    """Every effect so far, or those after `?after=SEQ`."""
    after = int(call.query.get("after", "0"))
    return Reply(body=[asdict(one) for one in call.world.journal.entries(after)])


@route("GET", "/_twin/requests", needs=None)
def requests(call: Call) -> Json:
    """Every request so far, with route, status and user agent."""
    return Reply(body=[asdict(one) for one in call.world.journal.requests])


@route("POST", "/_twin/faults", needs=None)
def add_fault(call: Call) -> Json:
    """Arm a fault, as `Faults.add` takes it."""
    try:
        fault = call.world.faults.add(**call.json)
    except (TypeError, ValueError) as error:
        raise Refused(422, str(error)) from error
    return Reply(201, asdict(fault))


@route("DELETE", "/_twin/faults", needs=None)
def clear_faults(call: Call) -> Json:
    """Disarm all faults."""
    call.world.faults.clear()


@route("GET", "/_twin/state", needs=None)
def get_state(call: Call) -> Json:
    """Everything a person could see, the same for equal runs."""
    return Reply(body=state(call.world))
