"""What the checklist found, as one page of HTML that needs nothing else."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping

from analysis.checklist.audit import Audit
from analysis.show.alone import filled
from analysis.show.figures import audit as figures
from analysis.show.figures.style import StudyFigure
from analysis.show.verdicts import LEVELS, SECTIONS, about, address, overall, shown, verdicts

FIGURES = (
    (
        figures.choice,
        "The silhouette of these rows beside that of data without groups, drawn from one normal "
        "distribution and from one hill with the shapes of these columns, and WCSS. "
        "The dotted line is the k of this page.",
        "Two line charts against the number of groups: silhouette with two hatched bands, "
        "and WCSS.",
    ),
    (
        figures.steadiness,
        "How well each cluster is found again when the rows are drawn again.",
        "A bar for each cluster, with lines at the limits of firm and of found again.",
    ),
    (
        figures.columns,
        "What each column weighs as it stands, and how far the others tell it.",
        "Two bar charts with a bar for each column.",
    ),
    (
        figures.plane,
        "The rows along their first two principal axes, with the number of each cluster at its "
        "mean. Clusters that overlap here may be apart along other axes.",
        "A scatter plot of the rows, coloured by cluster.",
    ),
)
"""The figures, each with what it says and what is seen."""


def page(name: str, left_out: Mapping[str, str], audit: Audit) -> str:
    """Return the page; text from the data is escaped, and figures stand in it.

    Parameters
    ----------
    name : str
        Of the table.
    left_out : dict, column -> reason
        Columns that were not looked at.
    audit : Audit

    Returns
    -------
    str
    """
    found = verdicts(audit)
    return filled(
        "audit.html",
        name=shown(name),
        about=about(audit, left_out),
        overall=overall(found),
        verdicts=[
            {
                "check": verdict.check,
                "level": verdict.level,
                "called": LEVELS[verdict.level],
                "says": verdict.says,
                "section": SECTIONS[verdict.section][0],
                "address": address(verdict),
            }
            for verdict in found
        ],
        figures=[
            {"image": _image(draw(audit)), "caption": caption, "seen": seen}
            for draw, caption, seen in FIGURES
        ],
        clusters=[
            {"number": cluster, **row}
            for cluster, row in audit.steadiness.clusters.to_dict("index").items()
        ],
        seed=audit.seed,
    )


def _image(figure: object) -> str:
    assert isinstance(figure, StudyFigure)  # noqa: S101
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in another script
        return base64.b64encode(figure.svg()).decode("ascii")
