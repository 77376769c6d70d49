"""Settings that all tests share."""

import os

# Before any library is loaded: the tests run on all cores side by side, where the threads of
# OpenMP and BLAS would only wait for each other. And they change sources twice within a second,
# which Python's bytecode, known by the second and the size of its source, would not notice.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")

import pytest
from hypothesis import settings

FIRST = (
    *("report/test_other_data", "analysis/show/figures/test_figures", "render/test_html_browser"),
    *("render/test_build", "analysis/study/test_pipeline", "render/test_execute"),
    *("render/test_options", "analysis/export/test_export"),
)
"""The files that take longest, so that no core waits for one of them at the end."""

# A busy machine is no failure: no test may depend on how long it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""

    def place(item: pytest.Item) -> int:
        path = item.path.with_suffix("").as_posix()
        return next((i for i, name in enumerate(FIRST) if path.endswith(name)), len(FIRST))

    items.sort(key=place)
