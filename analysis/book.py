"""Every result of the book under one name: the study's, the ledger and the files.

>>> from analysis.book import study
>>> study.summary.n_songs
1000
"""

from __future__ import annotations

from analysis import export
from analysis.claims import ledger, published
from analysis.study.pipeline import Study
from analysis.study.result import Result


class Book(Study):
    """The study, with what is made of its results.

    Attributes
    ----------
    ledger, reconstruction, files, round_trip : results, see :meth:`names`
    """

    @Result
    def ledger(self) -> ledger.Ledger:
        """Every claim of the source notebooks, judged on both feature sets."""
        return ledger.examine(self.ours, self.as_published)

    @Result
    def reconstruction(self) -> published.Reconstruction:
        """What the source notebooks measure, on the columns as published."""
        return published.reconstruct(self.as_published)

    @Result
    def files(self) -> export.Files:
        """Models and tables as files, with what is in them."""
        return export.make_files(
            self.dataset,
            self.kmeans,
            self.mixture,
            self.kmeans_estimator,
            self.mixture_estimator,
            self.config,
            self.provenance,
        )

    @Result
    def round_trip(self) -> export.RoundTrip:
        """What the models give when they are read back from these files."""
        return export.read_back(self.files, self.dataset, self.kmeans, self.mixture)


study = Book()
"""The study that ``study.toml`` describes."""
