"""GitHub's REST routes, thin: read the call, ask a behaviour, shape the answer.

Every module here is imported when the app starts, which registers its routes.
"""
