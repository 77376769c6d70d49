"""The numbers of the book: how far K-Means and Gaussian mixtures recover ten genres.

Import what is needed from the modules; this package imports none of them by itself,
so that ``import analysis`` costs nothing.
From the ground up, each importing only what stands before it:

- ``errors``, ``config``, ``files``, ``numbers``, ``streams``: errors, ``study.toml``, files and
  digests, numbers in words, random streams.
- ``methods``: clustering methods and what judges them; arrays in, arrays out.
- ``songs``: the feature table.
- ``findings``: what is found, one folder a part of the book.
- ``study``: every result under one name, computed once and kept on disk.
- ``claims``, ``export``: the source notebooks' claims, judged; models and tables as files.
- ``show``: results drawn, set in tables and said in words.
- ``book``: the study with claims and files, as the chapters read it.
"""

import time

LOADED = time.time_ns()
"""When this process began to import the package; what is saved later is not what it runs."""
