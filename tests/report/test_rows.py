"""Every row of the study is found on the rendered pages."""

from __future__ import annotations

import os
import re
from functools import cache

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT

pytestmark = pytest.mark.site

SITE = ROOT / "_site"

DATA = "report/data.html"
TABLE = "report/table.html"
CHOICE = "report/kmeans-k.html"
CLUSTERS = "report/kmeans-clusters.html"
COMPONENTS = "report/gmm-components.html"
CONCLUSIONS = "report/conclusions.html"
CHECKLIST = "report/checklist.html"
API = "api/analysis/study/pipeline.html"
FILES = "report/files.html"
GMM_DEGENERATE = "report/gmm-degenerate.html"
GMM_K = "report/gmm-k.html"
KMEANS = "report/kmeans.html"
PCA = "report/pca.html"
LEDGER = "report/ledger.html"
COMPARISON = "report/comparison.html"
EVALUATION = "report/evaluation.html"
STABILITY = "report/stability.html"
RECODING = "report/recoding.html"
GMM = "report/gmm.html"
GMM_LIMIT = "report/gmm-limit.html"
PAGES = (
    "index.html",
    DATA,
    TABLE,
    KMEANS,
    CHOICE,
    CLUSTERS,
    GMM,
    GMM_LIMIT,
    COMPONENTS,
    GMM_K,
    GMM_DEGENERATE,
    PCA,
    LEDGER,
    COMPARISON,
    EVALUATION,
    RECODING,
    CONCLUSIONS,
    CHECKLIST,
    "report/reproduce.html",
    FILES,
    API,
)
TEXT_ALONE = (CONCLUSIONS, CHECKLIST, "report/reproduce.html", FILES, API)
ROWS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # row: (page, ids that are there, words that are there)
    "D1": (
        DATA,
        "sec-gtzan sec-source sec-licence",
        ("Tzanetakis", "features_30_sec.csv", "python -m analysis features", "no licence"),
    ),
    "D2": (
        DATA,
        "sec-faults sec-repeats tbl-repeats",
        ("Sturm", "Repetitions", "Mislabellings", "Distortions", "jazz.00054", "lower bound"),
    ),
    "D3": (
        DATA,
        "tbl-features def-rms def-loudness def-onset def-tempo def-centroid def-harmonic "
        "def-valence def-zcr def-danceability prp-bounds prp-power",
        ("BPM", "dBFS", "autocorrelation", "stand-in"),
    ),
    "D4": (
        DATA,
        "sec-decibels thm-singular prp-log fig-loudness",
        ("copy of energy", "singular"),
    ),
    "D5": (
        TABLE,
        "tbl-head tbl-stats fig-histograms fig-by-genre fig-correlations "
        "fig-pairs tbl-genre-means fig-genre-means",
        ("skew", "kurtosis", "missing"),
    ),
    "D6": (
        TABLE,
        "sec-dimension prp-trace fig-scree tbl-eigenvalues def-vif tbl-determination "
        "thm-lattice fig-tempo sec-table-exercises",
        ("participation ratio", "whole number"),
    ),
    "D7": (
        TABLE,
        "sec-scaling thm-distance def-standard tbl-scaling fig-scaling prp-twice "
        "thm-directions tbl-blocks fig-neighbours",
        ("Equal variance is not equal influence", "nearest neighbour"),
    ),
    "D8": (
        DATA,
        "sec-artists fig-artists tbl-artists",
        ("50 exact replicas", "43 conspicuous", "one artist", "Foleis"),
    ),
    "D8-measured": (
        EVALUATION,
        "sec-by-artist tbl-by-artist",
        ("artists held out", "Copies alone held out", "By artist", "drawn as wholes"),
    ),
    "D9": (
        RECODING,
        "sec-recoding fig-recoding-toy fig-recoded-songs tbl-recodings thm-affine prp-similarity "
        "prp-whitening prp-volume prp-tree fig-recodings tbl-recoding-classifiers "
        "tbl-recoding-clusters tbl-recoding-indices fig-recoding-bic tbl-recoding-verdicts",
        (
            "zero-crossing rate",
            "swing",
            "one-to-one",
            "Random centres",
            "From the least to the most",
            "stays in every coding",
        ),
    ),
    "K1": (
        KMEANS,
        "sec-objective def-wcss eq-wcss lem-mean prp-pairwise thm-decomposition prp-centres "
        "tbl-objective sec-hardness",
        ("NP-hard", "Aloise", "within-cluster sum of squares"),
    ),
    "K2": (
        KMEANS,
        "eq-euclidean eq-assign prp-assign eq-mean prp-update def-lloyd",
        ("rule for ties", "Lloyd", "MacQueen"),
    ),
    "K3": (
        KMEANS,
        "thm-descent thm-finite fig-descent tbl-trace prp-trap fig-lloyd",
        ("Vattani", "nothing changed"),
    ),
    "K4": (
        KMEANS,
        "sec-stopping eq-epsilon eq-shift prp-drop prp-scale fig-stopping tbl-stopping",
        ("scikit-learn’s rule",),
    ),
    "K5": (
        KMEANS,
        "sec-starts eq-dsquared eq-guarantee prp-restarts fig-starts tbl-starts",
        ("k-means++", "Arthur", "greedy"),
    ),
    "K6": (
        KMEANS,
        "sec-cells def-cell prp-bisector eq-bisector cor-convex prp-slice fig-slice",
        ("hyperplane", "convex"),
    ),
    "K7": (
        KMEANS,
        "sec-implementation code-assign code-update code-lloyd tbl-agreement",
        ("LloydKMeans", "def assign", "def update", "def lloyd_steps"),
    ),
    "K8": (
        CHOICE,
        "def-curve thm-curve tbl-sweep fig-sweep",
        ("20 starts", "300 rounds", "seed 42", "WCSS"),
    ),
    "K9": (
        CHOICE,
        "sec-elbow def-drop prp-interval prp-knee fig-knees fig-null def-silhouette prp-silhouette "
        "def-davies-bouldin def-calinski-harabasz fig-indices def-gap fig-gaps tbl-picks",
        ("elbow", "Kneedle", "without clusters", "resamples"),
    ),
    "K10": (CLUSTERS, "sec-fit tbl-fit", ("n_init", "max_iter", "random_state", "WCSS", "10 × 5")),
    "K11": (CLUSTERS, "fig-sizes tbl-sizes", ("Minimum", "Maximum", "Mean", "Standard deviation")),
    "K12": (
        CLUSTERS,
        "tbl-centroids fig-centroids fig-centroids-raw def-name tbl-profiles",
        ("one colour scale", "120 BPM", "0.15", "high energy", "low energy", "fast", "slow"),
    ),
    "K13": (
        CLUSTERS,
        "def-distance fig-distances tbl-distances tbl-extremes",
        ("one less than the number of values", "Median", "Least typical"),
    ),
    "K14": (
        CLUSTERS,
        "tbl-contingency fig-genres tbl-leading def-purity prp-purity def-ari prp-ari def-ami "
        "def-v-measure sec-agreement",
        ("Purity", "Adjusted Rand index", "V-measure", "permutations", "resamples"),
    ),
    "K15": (CLUSTERS, "fig-silhouettes tbl-silhouettes", ("below zero",)),
    "K16, seen": (
        KMEANS,
        "sec-kmeans-toy fig-line tbl-line sec-kmeans-shapes fig-kmeans-shapes fig-rectangle "
        "sec-kmeans-exercises exr-all-starts",
        ("Round", "One wide", "Stripes", "Crescents", "Further reading"),
    ),
    "K16, proved": (
        KMEANS,
        "sec-hartigan prp-hartigan eq-hartigan cor-hartigan code-move-gains thm-plusplus "
        "sec-plusplus-proof lem-uniform lem-squares lem-covered",
        ("Hartigan’s method", "convex hull", "uniformly", "Grunau"),
    ),
    "K16, the classification likelihood": (
        GMM_LIMIT,
        "sec-classification def-classification thm-cem prp-classification eq-kmeans-likelihood",
        ("CEM", "Celeux", "hard-label maximum likelihood"),
    ),
    # --- G1 to G5
    "G1": (
        GMM,
        "def-normal eq-gaussian lem-cholesky prp-definite eq-mahalanobis thm-contours eq-ellipsoid "
        "fig-one-normal def-mixture eq-mixture",
        ("positive definite", "ellipsoid", "weights", "Mahalanobis"),
    ),
    "G2": (
        GMM,
        "eq-joint eq-loglikelihood prp-bayes eq-responsibility eq-elbo thm-elbo eq-kl "
        "eq-decomposition-elbo cor-estep eq-q eq-counts prp-weights eq-mstep-weight prp-means "
        "eq-mstep-mean lem-logdet prp-covariances eq-mstep-covariance prp-types eq-mstep-types "
        "thm-ascent fig-ascent tbl-em-trace fig-em prp-stationary prp-symmetric prp-no-best",
        ("Jensen", "ELBO", "latent", "Lagrange multiplier", "Dempster", "Wu", "saddle"),
    ),
    "G2, the practice": (
        GMM_LIMIT,
        "sec-em-stopping eq-em-tol prp-regularised eq-regularised tbl-em-regularised",
        ("reg_covar", "tolerance"),
    ),
    "G3": (
        GMM_LIMIT,
        "sec-em-numerics eq-logsumexp code-density tbl-em-costs",
        ("Cholesky", "logsumexp", "comes out as zero", "exponentials"),
    ),
    "G4": (
        GMM_LIMIT,
        "code-em tbl-em-agreement",
        ("EMGaussianMixture", "def em_steps", "full", "tied", "diagonal", "spherical"),
    ),
    "G4, beside the equations": (
        GMM,
        "code-log-responsibilities code-m-step code-covariances code-types",
        ("def log_responsibilities", "def m_step", "def weighted_covariances"),
    ),
    "G5": (
        GMM_LIMIT,
        "thm-limit eq-hard prp-soft cor-same-run fig-limit tbl-limit prp-border prp-affine "
        "tbl-methods",
        ("entropy", "convex", "quadric", "full", "Numbers estimated"),
    ),
    # --- G14
    "G14, toys": (
        GMM,
        "sec-em-by-hand tbl-toy-e-step tbl-toy-m-step fig-em-by-hand fig-gmm-pictures fig-elbo "
        "fig-covariance-types sec-gmm-exercises exr-saddle",
        ("Round blobs", "Crescents", "touches", "Further reading"),
    ),
    "G14, exercises": (GMM_LIMIT, "sec-gmm-limit-exercises exr-rate", ("def rounds_for",)),
    "G14, identifiability": (
        GMM,
        "sec-identifiability thm-identifiable eq-parting",
        ("label switching", "Teicher", "linearly independent"),
    ),
    "G14, the rate of EM": (
        GMM_LIMIT,
        "sec-em-rate def-information prp-rate eq-rate",
        ("missing information",),
    ),
    "G14, MAP": (
        GMM_DEGENERATE,
        "sec-map def-map eq-inverse-wishart eq-map prp-map eq-mstep-map thm-map eq-map-floor "
        "code-map-m-step lem-blocks prp-flat",
        ("inverse Wishart", "Fraley", "def map_m_step"),
    ),
    "G14, other criteria": (
        GMM_K,
        "sec-icl def-icl prp-icl sec-merging prp-merge sec-sbic",
        ("sBIC", "bootstrap likelihood ratio", "Biernacki", "Baudry", "McLachlan"),
    ),
    # --- G6, G7, G9
    "G6": (
        GMM_K,
        "prp-parameters eq-parameters tbl-parameter-counts def-criteria eq-bic eq-aic prp-order "
        "sec-bic sec-aic prp-irregular tbl-gmm-sweep fig-gmm-sweep fig-gmm-starts prp-copies "
        "fig-gmm-refits",
        ("Schwarz", "Akaike", "Laplace", "5 starts", "300 rounds", "seed 42", "is a choice"),
    ),
    "G7": (
        GMM_K,
        "sec-types prp-more-room fig-gmm-types tbl-gmm-types def-held-out fig-held-out ",
        ("spherical", "tied", "diag", "standard error", "held out together"),
    ),
    "G9": (
        GMM_DEGENERATE,
        "fig-spike thm-one-song eq-spike tbl-spikes def-redundant thm-floor fig-eigenvalues "
        "thm-slope eq-slope thm-same-run fig-regularisation prp-choice fig-shifted "
        "tbl-regularisation-picks code-check-mixture tbl-mixture-check",
        ("reg_covar", "1,150.14", "energy and loudness", "def check_mixture", "source notebook"),
    ),
    # --- G8, G10 to G13
    "G8": (
        COMPONENTS,
        "sec-mixture-fit tbl-mixture-fit",
        (
            "max_iter",
            "n_init",
            "random_state",
            "n_iter",
            "Converged",
            "Log-likelihood",
            "BIC",
            "AIC",
        ),
    ),
    "G10": (
        COMPONENTS,
        "sec-soft eq-argmax prp-argmax tbl-first-songs",
        ("of equals the first", "Bayes", "Hard label", "1,000 × 10"),
    ),
    "G11": (
        COMPONENTS,
        "def-entropy eq-entropy prp-entropy fig-entropies tbl-certainty prp-envelope fig-certainty "
        "tbl-certain-songs tbl-genre-certainty prp-calibrated fig-reliability "
        "sec-components-exercises exr-sure-of-nothing",
        ("nats", "normalised", "Least", "bootstrap samples", "not calibration"),
    ),
    "G12": (
        COMPONENTS,
        "tbl-component-means fig-component-means fig-weights tbl-weights "
        "fig-covariances tbl-covariances prp-moments tbl-within tbl-correlations-within "
        "fig-axis-ratios prp-projection fig-component-plane",
        ("diagonal", "Component 9", "ellipsoid", "K-Means is spherical"),
    ),
    "G13": (
        COMPONENTS,
        "fig-drawn-pairs fig-marginals tbl-marginals eq-ks tbl-rules fig-depth tbl-told-apart",
        ("Kolmogorov–Smirnov", "classifier", "Impossible songs", "tails"),
    ),
    # --- C2
    "C2": (
        PCA,
        "sec-pca thm-pca thm-closest prp-loading prp-turn prp-shadow eq-reconstruction "
        "code-principal-axes fig-pca-loadings tbl-pca-turns fig-pca-planes fig-pca-space "
        "fig-pca-hidden tbl-pca-groups sec-pca-exercises",
        ("Hotelling", "Pearson", "Jolliffe", "Lagrange", "resamples", "silhouette"),
    ),
    # --- C1, C5
    "C1": (
        COMPARISON,
        "fig-cross def-raw prp-raw fig-raw def-matched prp-matched tbl-partners "
        "def-variation thm-variation tbl-pair",
        (
            "Hungarian",
            "Adjusted Rand index",
            "Adjusted mutual",
            "Variation of information",
            "seeds",
        ),
    ),
    "C5": (
        COMPARISON,
        "sec-disagree tbl-agree def-margin def-firmness tbl-apart sec-borders tbl-between "
        "fig-margins",
        ("Wilson", "margin", "posterior"),
    ),
    # --- C3, C4
    "C3": (
        EVALUATION,
        "def-cells sec-internal tbl-internal fig-internal prp-favour tbl-external fig-external "
        "fig-mixture-genres tbl-mixture-leading tbl-differences "
        "prp-purity-bound tbl-ceiling fig-ceiling",
        ("Silhouette", "Davies–Bouldin", "Caliński–Harabasz", "V-measure", "Purity", "Shuffled"),
    ),
    "C4": (
        STABILITY,
        "sec-stability tbl-stability fig-stability sec-leave-out def-jaccard prp-recovered "
        "fig-recovery",
        ("bootstrap sample", "Another seed", "Without tempo", "Jaccard"),
    ),
    "C9": (
        STABILITY,
        "sec-runs tbl-runs fig-runs sec-new-songs sec-stability-artists fig-without-groups",
        ("seeds", "resampled songs", "artists", "one start", "split the songs in half"),
    ),
    # --- C6, C7
    "C6": (
        LEDGER,
        "def-verdict fig-verdicts tbl-ledger-data tbl-ledger-fit "
        "tbl-ledger-clusters tbl-ledger-mixture tbl-ledger-comparison tbl-rules-kmeans "
        "tbl-rules-gmm",
        ("Holds", "Holds in part", "Does not hold", "Cannot be tested", "As published"),
    ),
    "C7": (
        CONCLUSIONS,
        "sec-limits-data sec-limits-features sec-limits-methods sec-limits-evaluation "
        "sec-limits-reproduction sec-lessons-student sec-lessons-practitioner "
        "sec-lessons-analyst",
        ("The limits of the study", "Conclusions: limits and lessons"),
    ),
    "C9, the checklist": (
        CHECKLIST,
        "sec-checklist",
        ("Before you believe a clustering", "Change the seed", "baseline", "without clusters"),
    ),
    "C8": (
        LEDGER,
        "sec-published tbl-published tbl-hanging",
        ("Published", "Reconstructed", "0.24342", "1.60744", "90.51%", "src/clustering.py"),
    ),
    # --- the files, the appendices
    "files": (
        FILES,
        "sec-files tbl-files tbl-columns-features tbl-columns-gmm-covariances tbl-keys-gmm "
        "tbl-digests",
        ("make export", "kmeans_model.pkl", "gmm_entropy", "gmm_prob_0", "load_pickle", "SHA-256"),
    ),
    "glossary": (
        "report/glossary.html",
        "sec-glossary",
        ("Adjusted Rand index", "Silhouette", "Zero-crossing rate"),
    ),
    "notation": (
        "report/notation.html",
        "sec-notation sec-notation-several",
        ("Symbol", "Meaning", "Shape or unit", "Where"),
    ),
    "reference": (
        API,
        "Study Study.dataset Study.kmeans Study.recodings",
        ("Attributes", "analysis.study.pipeline", "The validated table"),
    ),
    "reproduce": (
        "report/reproduce.html",
        "tbl-parameters tbl-provenance tbl-versions",
        ("make site", "quarto render", "python -m render", "study.toml", "scikit-learn"),
    ),
    "summary": (
        "index.html",
        "fig-headline",
        ("K-Means", "Gaussian mixture", "GTZAN", "home-made", "Five findings", "What to trust"),
    ),
}


@cache
def html(name: str) -> str:
    path = SITE / name
    if not path.exists():
        sentence = f"_site/{name} is missing: render the site first, with make site."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path.read_text(encoding="utf-8")


def page(name: str) -> BeautifulSoup:
    return BeautifulSoup(html(name), "html.parser")


@pytest.mark.parametrize("row", ROWS)
def test_the_row_is_on_the_page(row: str) -> None:
    name, ids, words = ROWS[row]
    soup = page(name)
    for label in ids.split():
        assert soup.find(id=label), f"{row}: {name} has no #{label}"
    text = " ".join(soup.get_text(" ").split())
    for word in words:
        assert word in text, f"{row}: {name} does not say {word!r}"


def test_published_stands_beside_reconstructed() -> None:
    (table,) = page(LEDGER).select("#tbl-published table")
    head, *rows = (
        [cell.get_text(strip=True) for cell in row("th") + row("td")] for row in table("tr")
    )
    assert head[1:3] == ["Published", "Reconstructed"]
    assert len(rows) == 9
    assert all(re.match(r"\d", cell) for row in rows for cell in row[1:3])


@pytest.mark.parametrize("name", PAGES)
def test_no_value_is_missing_on_the_page(name: str) -> None:
    soup = page(name)
    for pre in soup.find_all(["pre", "code", "script", "style", "math", "svg"]):
        pre.extract()
    text = soup.get_text(" ")
    for sign in ("{python}", "?@", " nan", "Traceback", "object at 0x"):
        assert sign not in text, f"{name} says {sign!r}"


@pytest.mark.parametrize("name", [name for name in PAGES if name not in TEXT_ALONE])
def test_every_figure_has_an_alternative_text(name: str) -> None:
    soup = page(name)
    main = soup.find("main") or soup
    images = main.find_all("img")
    assert images, f"{name} has no figure"
    for image in images:
        assert len(image.get("alt", "")) > 20, f"{name}: {image.get('src')} has no alternative text"


def test_the_references_page_lists_the_cited_works() -> None:
    text = page("references.html").get_text(" ")
    for name in ("Tzanetakis", "Sturm", "FitzGerald", "Belsley", "Ellis", "McFee"):
        assert name in text
