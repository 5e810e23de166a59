"""GitHub's GraphQL API: the part of its schema that the twin serves, resolved over the same behaviours as REST.

`schema.graphql` is cut out of GitHub's own schema by `scripts/contract_slices.py`; never edit it by hand.
"""
