"""Doubles and contract suites for everyone who writes a part: made worlds, agent checks."""
