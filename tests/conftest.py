"""What holds for every test: one thread, no network, no time limits in properties."""

import os
import sys

# Before anything imports NumPy, LiteLLM or Ray.
os.environ |= {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}

from hypothesis import settings

settings.register_profile("steelyard", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steelyard")

_LOOPBACK = {"", "0.0.0.0", "::", "::1", "localhost"}  # noqa: S104 - compared, not bound to


def _refuse_outside(event: str, arguments: tuple) -> None:
    """Raise where a test reaches for another machine."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a local socket's path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in _LOOPBACK and not name.startswith("127."):
        raise RuntimeError(f"a test reached for {name!r}; tests use this machine only")


# An audit hook also sees connections made while modules are imported.
sys.addaudithook(_refuse_outside)
