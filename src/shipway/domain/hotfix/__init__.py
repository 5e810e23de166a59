"""The repair of a released version: the fast track of a release, and what it leaves owed."""
