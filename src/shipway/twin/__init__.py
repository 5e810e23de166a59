"""A small GitHub over real HTTP, for the demo, for rehearsals and for tests.

    with Twin() as twin:                                    # server: or Twin(data_dir) to keep everything
        with twin.world.locked():                           # one transaction, when called from outside
            admin.create_repository(twin.world, "octocat/hello", from_git=path)
            token = access.issue_token(twin.world, "octocat")
        environment = twin.environment(token)               # what GitHub's clients read
        twin.faults.add("reset-after", {"path": "/pulls$"}) # the next pull request is made and not answered
        twin.journal.entries()                              # what happened

`store` and `git_store` keep things, `behaviour` does what GitHub does and refuses what GitHub refuses,
`rest` and `graphql` put it into GitHub's words, `app` is what every request passes.
"""
