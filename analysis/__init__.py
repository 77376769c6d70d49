"""The numbers of the book: how far K-Means and Gaussian mixtures recover ten genres.

Import what is needed from the modules; this package imports none of them by itself,
so that ``import analysis`` costs nothing; :func:`audit` imports what it needs when it is called.
From the ground up, each importing only what stands before it:

- ``errors``, ``config``, ``files``, ``numbers``, ``streams``: errors, ``study.toml``, files and
  digests, numbers in words, random streams.
- ``methods``: clustering methods and what judges them; arrays in, arrays out.
- ``songs``: the feature table.
- ``findings``: what is found, one folder a part of the book.
- ``checklist``: the book's checklist, asked of any table.
- ``study``: every result under one name, computed once and kept on disk.
- ``claims``, ``export``: the source notebooks' claims, judged; models and tables as files.
- ``show``: results drawn, set in tables and said in words.
- ``book``: the study with claims and files, as the chapters read it.
- ``cli``: the command line.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from analysis.checklist.audit import Audit

_LOADED = time.time_ns()
"""When this process began to import the package; what is saved later is not what it runs."""


def audit(
    X: Any, labels: ArrayLike | None = None, groups: ArrayLike | None = None, **options: Any
) -> Audit:
    """Ask the checklist of rows of numbers: what to know before you believe a clustering.

    See :func:`analysis.checklist.audit.audit`, and :func:`analysis.show.verdicts.verdicts` for what
    it comes to in words.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
    labels, groups : array-like of shape (n_samples,), optional
    **options
        ``k``, ``k_max``, ``seed``.

    Returns
    -------
    Audit

    Raises
    ------
    DatasetError
        If the rows cannot be audited.
    """
    from analysis.checklist.audit import audit as ask

    return ask(X, labels, groups, **options)
