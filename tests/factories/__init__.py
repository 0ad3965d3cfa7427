"""Small worlds for tests: each function makes rows and commits them, as a request would find them.

In a test with the `db` fixture a commit ends a savepoint; the test's own transaction takes all of it back.
"""
