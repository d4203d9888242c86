"""Figures of a finished run: how right it was, and what that was worth; no figure acts."""
