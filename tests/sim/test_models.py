"""Made markets: what each model states is what comes out, and nothing later comes into it."""

import numpy as np
import pytest

from steelyard.sim.models import (
    NO_GROUP,
    Brownian,
    Chance,
    Garch,
    Grouping,
    Jumps,
    Noise,
    Regimes,
    cholesky,
)

STEP = 0.25 / np.sqrt(252)
CHAIN = np.array([[0.99, 0.01], [0.04, 0.96]])
MODELS = {
    "brownian": Brownian(0.0002, STEP),
    "jumps": Jumps(0.0002, STEP, 0.02, -0.02, 0.05),
    "regimes": Regimes(np.array([0.0005, -0.001]), np.array([0.008, 0.025]), CHAIN),
    "garch": Garch(0.0002, STEP, 0.06, 0.9, 0.04, 6.0),
}


def noise(n_steps=4000, n_instruments=5, correlation=0.3, grouping=None, seed=11):
    """Give the noise of a small market."""
    return Noise(Chance(seed), n_steps, n_instruments, correlation, grouping)


def autocorrelation(values, lag=1):
    """Give the mean autocorrelation of columns."""
    centred = values - values.mean(axis=0)
    return float(np.mean((centred[lag:] * centred[:-lag]).mean(axis=0) / centred.var(axis=0)))


@pytest.mark.parametrize("name", MODELS)
def test_returns_have_the_stated_mean_and_volatility(name):
    """Over the long run, each instrument's."""
    moves = MODELS[name].moves(noise(40_000, 3, 0.0))

    spread = moves.log_return.std(axis=0)
    drift = {"regimes": 0.8 * 0.0005 - 0.2 * 0.001}.get(name, 0.0002)
    assert np.allclose(spread, moves.typical, rtol=0.08)
    assert np.allclose(moves.log_return.mean(axis=0), drift, atol=4 * spread / np.sqrt(40_000))


@pytest.mark.parametrize("name", MODELS)
def test_an_instrument_more_and_a_step_more_change_nothing_of_the_others(name):
    """Each draws for itself, forwards."""
    small, large = noise(300, 3), noise(500, 7)

    for one, other in zip(
        MODELS[name].moves(small)[:2], MODELS[name].moves(large)[:2], strict=True
    ):
        assert np.array_equal(one, other[:300, :3])


@pytest.mark.parametrize("name", MODELS)
def test_another_seed_or_path_is_another_market(name):
    """And the same one is the same."""
    first = MODELS[name].moves(noise(50)).log_return

    assert np.array_equal(first, MODELS[name].moves(noise(50)).log_return)
    for chance in (Chance(12), Chance(11, path=1)):
        other = MODELS[name].moves(noise(50)._replace(chance=chance)).log_return
        assert not np.isclose(first, other).any()


def test_returns_are_correlated_as_stated():
    """In the market, and more so within a group."""
    grouping = Grouping(np.array([0, 0, 1, 1, NO_GROUP]), 0.6)

    drawn = noise(40_000, grouping=grouping).correlated()

    found = np.corrcoef(drawn.T)
    expected = np.full((5, 5), 0.3)
    expected[0, 1] = expected[1, 0] = expected[2, 3] = expected[3, 2] = 0.6
    np.fill_diagonal(expected, 1.0)
    assert np.allclose(found, expected, atol=0.02)


def test_returns_are_correlated_as_a_matrix_states():
    """Pair by pair."""
    matrix = np.array([[1.0, 0.7, -0.2], [0.7, 1.0, 0.1], [-0.2, 0.1, 1.0]])

    drawn = noise(40_000, 3, matrix).correlated()

    assert np.allclose(np.corrcoef(drawn.T), matrix, atol=0.02)


@pytest.mark.parametrize(
    ("matrix", "why"),
    [
        (np.ones((2, 3)), "is square, but its shape was"),
        (np.array([[1.0, 0.2], [0.3, 1.0]]), "is symmetric"),
        (np.array([[2.0, 0.2], [0.2, 2.0]]), "has 1 on its diagonal"),
        (
            np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]),
            "not positive definite: its least eigenvalue is -0.8",
        ),
    ],
)
def test_a_matrix_that_is_no_correlation_is_refused(matrix, why):
    """It is not replaced by one near it."""
    with pytest.raises(ValueError, match=why):
        cholesky(matrix)


@pytest.mark.parametrize("correlation", [-0.1, 1.0])
def test_a_number_that_is_no_correlation_is_refused(correlation):
    """One factor can make none below 0."""
    with pytest.raises(ValueError, match="from 0 to below 1"):
        noise(10, correlation=correlation).correlated()


def test_brownian_returns_are_normal_and_forget():
    """No tails, no clusters."""
    returns = MODELS["brownian"].moves(noise(20_000)).log_return

    scaled = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    assert abs(float((scaled**4).mean()) - 3.0) < 0.15
    assert abs(autocorrelation(np.abs(returns))) < 0.02


@pytest.mark.parametrize("name", ["regimes", "garch"])
def test_wild_steps_come_together(name):
    """Volatility lasts; returns themselves do not."""
    returns = MODELS[name].moves(noise(20_000)).log_return

    assert autocorrelation(np.abs(returns)) > 0.1
    assert autocorrelation(np.abs(returns), 20) > 0.02
    assert abs(autocorrelation(returns)) < 0.04


def test_jumps_come_to_each_instrument_on_its_own():
    """As often as stated."""
    model = Jumps(0.0, 1e-6, 0.02, 0.0, 0.05)

    jumped = np.abs(model.moves(noise(20_000, 4)).log_return) > 1e-4

    assert np.allclose(jumped.mean(axis=0), 0.02, atol=0.004)
    assert np.abs(np.corrcoef(jumped.T)[0, 1:]).max() < 0.03


def test_garch_keeps_the_variance_that_its_formula_gives():
    """Step by step, from the returns alone."""
    model = Garch(0.0, STEP, 0.06, 0.9, 0.04, 6.0)

    moves = model.moves(noise(400, 2))

    shock, variance = moves.log_return[:-1], moves.volatility**2
    constant = STEP**2 * (1.0 - 0.06 - 0.9 - 0.02)
    weight = 0.06 + 0.04 * (shock < 0.0)
    assert np.allclose(variance[1:], constant + weight * shock**2 + 0.9 * variance[:-1])
    assert np.allclose(variance[0], STEP**2)


@pytest.mark.parametrize("model", [Garch(0.0, STEP, 0.2, 0.8), Garch(0.0, STEP, 0.1, 0.8, 0.0, 2)])
def test_a_variance_without_a_mean_is_refused(model):
    """It would grow for ever."""
    with pytest.raises(ValueError, match="persistence was"):
        model.moves(noise(10))
