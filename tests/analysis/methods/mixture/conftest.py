"""What all tests of mixtures share."""

import pandas as pd
import pytest
from made_up import ROOT
from mixture_cases import standardised
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Products this small wait for threads longer than they compute."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def songs():
    table = pd.read_csv(ROOT / "data" / "gtzan_features.csv")
    return standardised(table.drop(columns=["track", "genre"]).to_numpy(float))
