"""How much work is handed out at a time, and to how many threads."""

from functools import cache

from threadpoolctl import ThreadpoolController

SCORES_PER_CHUNK = 80_000
"""Scores of one chunk: as many as fit in a core's cache."""


@cache
def blas() -> ThreadpoolController:
    """Give the libraries of this process that have threads."""
    return ThreadpoolController()


def n_blas_threads(controller: ThreadpoolController) -> int:
    """Count threads that NumPy's BLAS may use now: the environment and the caller's limits count.

    Parameters
    ----------
    controller : ThreadpoolController
        From `blas`.

    Returns
    -------
    int
    """
    libraries = controller.select(user_api="blas").lib_controllers
    return max((library.num_threads for library in libraries), default=1)
