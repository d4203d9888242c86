"""Doubles and contract suites: made worlds and agents, whole runs without files, checks."""
