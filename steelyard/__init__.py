"""Weigh the opinions of many agents before trading on them."""

__version__ = "0.1.0"
