"""Pages of the documentation, read for what they show."""

import re

from tests.command import ROOT


def page(name):
    """Give the text of a page, such as `docs/python.md`."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text, language):
    """Give the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
