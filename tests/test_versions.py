"""The code that answers come from."""

from steelyard.versions import code_here


def test_the_code_is_told_by_versions_and_sources():
    """Two processes of one installation agree; our own hash is part of it."""
    code = code_here()

    assert code == code_here.__wrapped__()
    assert {"steelyard", "Python", "numpy", "scipy", "statsmodels"} == set(code)
    assert "(" in code["steelyard"]
