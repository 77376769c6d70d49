"""One thread for the libraries, so that a sum does not depend on how many share it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""What libraries look at when they are loaded."""


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra and scikit-learn from starting threads of their own.

    Libraries that are loaded are told so, and those that this process or one begun by it loads
    meanwhile find it in the environment.

    Yields
    ------
    None
    """
    from threadpoolctl import threadpool_limits

    before = {name: os.environ.get(name) for name in NAMES}
    os.environ.update(dict.fromkeys(NAMES, "1"))
    try:
        with threadpool_limits(1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
