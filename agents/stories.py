"""Which documents tell the same story: copies, retweets and syndicated near-copies.

A story is told by the first document known of it; a later copy only says that it is being
passed on. Documents are compared in the order in which they became known, each with those
before it alone, so that no later copy changes what was known.
"""

import re
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

from steelyard.agents.tone import read_tone
from steelyard.types.market import Document
from steelyard.types.units import DAY_NS

LEAD = 1500
"""Characters of a text that are read: news puts first what matters most."""
PASSED_ON_DAYS = 7
"""A copy comes within so many days of the copy before it; the same words later are new."""
ALIKE = 0.8
"""Share of the shorter text's pairs of words that a near-copy has in common: a text cut short
to make room for whom it is from keeps about so many."""
LEAST_PAIRS = 6
"""Texts with fewer pairs of words are copies only if all their words are the same."""
SKETCHED = 64
"""Pairs of words that a text is remembered by, those of the smallest hashes."""
N_KEYS = 4
"""Of these, pairs by which a copy is looked up: one of four is found in nearly every copy."""
_CACHED_TEXTS = 65536

_NO_WORD = re.compile(r"https?\S*|@\w+|\brt\b|\bvia\b|\S*(?:\u2026|\.\.\.)")
"""Addresses, people, marks of a retweet, and a word that was cut off."""
_WORD = re.compile(r"[a-z0-9]+(?:[.,'][a-z0-9]+)*%?")


def lead(document: Document) -> str:
    """Give the part of a document's text that is read: verbatim, and whole words."""
    text = document.text
    return text if len(text) <= LEAD else text[:LEAD].rpartition(" ")[0]


class Teller:
    """Hears documents one by one, and says which told their story first.

    References:
        Broder (1997), Compression and Complexity of Sequences: resemblance of documents
        from the smallest hashes of their shingles.
    """

    def __init__(self) -> None:
        """Start with none heard."""
        self._heard: list[tuple[Document, int]] = []
        self._newest: dict[int, int] = {}

    def is_first(self, document: Document) -> bool:
        """Say whether nobody told a document's story before; see `first`."""
        place = len(self._heard)
        return self.first(document) == place

    def first(self, document: Document) -> int:
        """Give the place of the first document of the story among those heard, from 0.

        Args:
            document: Known no earlier than those before it.
        """
        place = first = len(self._heard)
        keys = _keys(document.title, lead(document))
        for key in keys:
            other = self._newest.get(key)
            if other is not None:
                earlier, told = self._heard[other]
                if _passes_on(document, earlier, exact=key == keys[0]):
                    first = told
                    break
        self._newest.update(dict.fromkeys(keys, place))
        self._heard.append((document, first))
        return first


def _passes_on(document: Document, other: Document, *, exact: bool) -> bool:
    """Say whether a document is a copy of one before it; `exact`: all words are the same."""
    if document.known_at - other.known_at > PASSED_ON_DAYS * DAY_NS:
        return False
    return exact or _alike(document, other)


def _alike(one: Document, other: Document) -> bool:
    """Say whether one is a near-copy of the other; never where they lean to opposite sides."""
    pairs, others = _pairs(one.title, lead(one)), _pairs(other.title, lead(other))
    if len(pairs & others) < ALIKE * min(len(pairs), len(others)):
        return False
    return _tone(one) * _tone(other) >= 0.0


def _tone(document: Document) -> float:
    return read_tone(document.title, lead(document)).value


@lru_cache(maxsize=_CACHED_TEXTS)
def _keys(title: str, text: str) -> tuple[int, ...]:
    """Give a key of all words in order, and those by which near-copies are found.

    The first is below 0 and the others are not, so that they are never taken for each other.
    """
    whole = blake2b("\n".join(_words(title, text)).encode(), digest_size=8)
    exact = -1 - int.from_bytes(whole.digest(), "big")
    pairs = _pairs(title, text)
    return (exact, *sorted(pairs)[:N_KEYS]) if len(pairs) >= LEAST_PAIRS else (exact,)


@lru_cache(maxsize=_CACHED_TEXTS)
def _pairs(title: str, text: str) -> frozenset[int]:
    """Give the smallest hashes of pairs of neighbours; CRC-32 is the same in every process."""
    words = _words(title, text)
    pairs = {crc32(f"{one} {two}".encode()) for one, two in pairwise(words)}
    return frozenset(sorted(pairs)[:SKETCHED])


def _words(title: str, text: str) -> list[str]:
    return _WORD.findall(_NO_WORD.sub(" ", f"{title} {text}".lower()))
