"""One Ray cluster for all tests that need one."""

import os

import pytest

from tests.ray.processes import MARK


@pytest.fixture(scope="session")
def cluster():
    """Two processors of this machine, as a user's own program would have started them."""
    os.environ |= {"RAY_DEDUP_LOGS_SKIP_REGEX": "A worker died", "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ |= {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", MARK: str(os.getpid())}
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()
