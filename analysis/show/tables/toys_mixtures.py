"""Tables of the round of EM that is taken by hand."""

from __future__ import annotations

from analysis.findings.mixtures.toys import ByHand
from analysis.numbers import number
from analysis.show.tables.markdown import Table


def e_step(toy: ByHand) -> Table:
    """Show for each song both weighted densities, their sum, and what shares they give."""
    rows = tuple(
        (
            number(float(x), 0),
            *(number(float(value), 4) for value in (*joint, joint.sum())),
            *(number(float(share), 3) for share in shares),
        )
        for x, joint, shares in zip(toy.X[:, 0], toy.joint, toy.responsibilities, strict=True)
    )
    header = (
        "Song at $x_i$",
        r"First bell $\frac{1}{2} \, \mathcal{N}(x_i; \mu_1, \sigma_1^2)$",
        r"Second bell $\frac{1}{2} \, \mathcal{N}(x_i; \mu_2, \sigma_2^2)$",
        "Sum $p(x_i)$",
        "Share $r_{i1}$",
        "Share $r_{i2}$",
    )
    return Table(header, rows, n_text_columns=0)


def m_step(toy: ByHand) -> Table:
    """Show for each bell the sums over the songs, and the parameters that follow from them."""
    after, n = toy.mixtures[1], len(toy.X)
    sums = [
        (r"$N_k = \sum_i r_{ik}$", toy.counts),
        (rf"weight $\pi_k = N_k / {n}$", after.weights),
        (r"$\sum_i r_{ik} \, x_i$", toy.sums),
        (r"mean $\mu_k$, that sum divided by $N_k$", after.means[:, 0]),
        (r"$\sum_i r_{ik} \, (x_i - \mu_k)^2$", toy.squares),
        (r"variance $\sigma_k^2$, that sum divided by $N_k$", after.covariances),
    ]
    rows = tuple((name, *(number(float(value), 3) for value in values)) for name, values in sums)
    return Table(("M-step", "First bell", "Second bell"), rows)
