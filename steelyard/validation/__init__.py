"""Holds a decided course against what else might have come: decides again, many times over."""
