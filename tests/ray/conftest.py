"""One Ray cluster for all tests that need one."""

import os

import pytest


@pytest.fixture(scope="session")
def cluster():
    """Two processors of this machine, as a user's own program would have started them."""
    os.environ |= {"RAY_DEDUP_LOGS_SKIP_REGEX": "A worker died", "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()
