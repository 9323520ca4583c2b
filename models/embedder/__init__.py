"""The finder of passages."""
