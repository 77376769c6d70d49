"""One record an index: what it is called, and whether low or high is good."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Index:
    """An index of one clustering, or of two.

    Attributes
    ----------
    name : str
        As results have it.
    title : str
        As a table has it.
    low_is_good : bool
        Whether a low value is a good one.
    is_maximum : bool
        Whether it takes the largest of several counts, which a sample has too large.
    """

    name: str
    title: str
    low_is_good: bool = False
    is_maximum: bool = False

    @property
    def sign(self) -> int:
        """What makes high values good ones: 1, or -1 where low is good."""
        return -1 if self.low_is_good else 1


_INTERNAL = (
    Index("silhouette", "Silhouette"),
    Index("davies_bouldin", "Davies–Bouldin", low_is_good=True),
    Index("calinski_harabasz", "Caliński–Harabasz"),
)
_EXTERNAL = (
    Index("purity", "Purity", is_maximum=True),
    Index("ari", "Adjusted Rand index"),
    Index("ami", "Adjusted mutual information"),
    Index("homogeneity", "Homogeneity"),
    Index("completeness", "Completeness"),
    Index("v_measure", "V-measure"),
)
_OF_TWO = (
    Index("matched", "Agreement after matching", is_maximum=True),
    Index("vi", "Variation of information", low_is_good=True),
)

INTERNAL = tuple(index.name for index in _INTERNAL)
"""The indices that need the songs alone."""
EXTERNAL = tuple(index.name for index in _EXTERNAL)
"""The indices that hold a labeling against another one."""
INDICES = {index.name: index for index in (*_INTERNAL, *_EXTERNAL, *_OF_TWO)}
"""All indices by name."""
