"""The numbers of the book: how far K-Means and Gaussian mixtures recover ten genres.

Import what is needed from the modules; this package imports none of them by itself,
so that ``import analysis`` costs nothing.

``config``
    ``study.toml`` as a frozen dataclass.
``dataset``
    The feature table: load, validate, standardise.
``features``
    The five features of a song, computed from the public table.
``description``
    What the data chapter says about the table.
``store``
    Results on disk, in a folder named by a digest of everything they depend on.
``study``
    Every result of the study under one name.
``export``
    What the study leaves behind: models and tables as files, and how to load them again.
``figures``, ``tables``, ``wording``
    Draw results, set them in tables and in words; they compute none.
"""
