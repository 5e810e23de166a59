"""How mutations are written: one input, one payload, all or nothing each."""

from collections.abc import Callable
from typing import Any

from shipway.twin.graphql import people
from shipway.twin.graphql.fields import Context, Json, resolves

Input = dict[str, Any]
Payload = dict[str, Any]
Mutation = Callable[[Context, Input], Payload]


def mutation(name: str) -> Callable[[Mutation], Mutation]:
    """Register `function(context, input)`; what it changes is dropped when it refuses."""

    def register(function: Mutation) -> Mutation:
        def run(context: Context, _: None, input: Input) -> Json:  # noqa: A002 - the argument's name
            with context.world.store.transaction():
                payload = function(context, input)
            context.memory.clear()
            return {"client_mutation_id": input.get("client_mutation_id"), **payload}

        resolves("Mutation", name)(run)
        payload_type = f"{name[0].upper()}{name[1:]}Payload"
        resolves(payload_type, "actor")(lambda context, _: people.actor(context, context.who.login))
        return function

    return register
