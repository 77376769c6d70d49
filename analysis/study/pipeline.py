"""The pipeline: every result of the study under one name, computed once, kept on disk.

>>> from analysis.study.pipeline import Study
>>> Study().summary.n_songs
1000

What is made of results, the ledger and the files, has its names in :mod:`analysis.book`.

A result is computed when it is first asked for, from the results it needs, and kept under
``.cache/study/``, with a trace of all that it read. It holds as long as the code that computed it
and everything in that trace are the same (see :mod:`analysis.study.kept`).
Nothing is read when this module is imported.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from analysis.findings.comparison import (
    agreement as comparison,
    artists,
    borders,
    classifiers as ceiling,
    control,
    each_song,
    genres_found as headline,
    halves,
    principal_axes as pca,
    recodings,
    scores,
    seed_pairs as yardstick,
    seeds,
    stability,
    toys,
    trial,
)
from analysis.findings.data import dependence, description, scaling as distances, tempo
from analysis.findings.kmeans import (
    choice,
    clusters,
    exercises,
    own_music,
    plane,
    run as lloyd,
    starts,
    toys as kmeans_toys,
)
from analysis.findings.mixtures import (
    certainty as posterior,
    certainty_checked as refits,
    components,
    limit as em_limit,
    numerics as em_numerics,
    plane as em_plane,
    run as em,
    samples as draws,
    shapes,
    toys as mixture_toys,
)
from analysis.songs.artists import load_groups
from analysis.songs.table import Dataset, load_dataset
from analysis.study.result import Result, Results

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    from analysis.checklist.audit import Audit
    from analysis.findings.mixtures import (
        choice as gmm_choice,
        choice_checked as gmm_refits,
        degeneracy,
    )
    from analysis.findings.mixtures.degeneracy import Spikes
    from analysis.findings.mixtures.overlap import Overlap
    from analysis.findings.mixtures.with_prior import WithPrior
    from analysis.methods.selection import Gap


class Study(Results):
    """The results of one table under one set of parameters.

    Attributes
    ----------
    dataset, summary, ... : results, see :meth:`names`
    """

    # --- the data ----------------------------------------------------------------------------

    @Result
    def dataset(self) -> Dataset:
        """The validated table, with a look at the chosen features."""
        dataset = load_dataset(
            self.file(self.config.data_file),
            feature_set=self.config.feature_set,
            feature_names=self.config.features,
            n_clusters=max(self.config.n_clusters, self.config.k_max),
            name=self.config.data_file,
        )
        if self.config.groups_file is None:
            return dataset
        path = self.file(self.config.groups_file)
        groups = load_groups(path, dataset.tracks, name=self.config.groups_file)
        return dataset.with_groups(groups)

    @Result
    def summary(self) -> description.Summary:
        """Size and make-up of the table."""
        return description.summarise(self.dataset)

    @Result
    def head(self) -> Dataset:
        """The first five songs of the table."""
        return dataclasses.replace(self.dataset, frame=self.dataset.frame.head())

    @Result
    def repeats(self) -> description.Repeats:
        """Songs whose rows agree in every digit of every feature, chosen or not."""
        return description.find_repeats(self.dataset)

    @Result
    def unreadable(self) -> description.UnreadableTrack:
        """``jazz.00054``, unreadable in common copies of the audio, as our table has it."""
        return description.look_at_unreadable(self.dataset)

    @Result
    def feature_stats(self) -> description.FeatureStats:
        """Each feature by itself: mean, sd, range, shape, missing and different values."""
        return description.describe_features(self.dataset)

    @Result
    def column_stats(self) -> description.FeatureStats:
        """The same of every feature of the table, chosen or not."""
        return description.describe_features(self.dataset.whole)

    @Result
    def genre_means(self) -> description.GenreMeans:
        """Means of the features within the genres."""
        return description.average_by_genre(self.dataset)

    @Result
    def correlation(self) -> dependence.Correlation:
        """How the features go together, two by two."""
        return dependence.correlate(self.dataset, self.config)

    @Result
    def spectrum(self) -> dependence.Spectrum:
        """Eigenvalues of the correlation matrix, and the effective dimension."""
        return dependence.decompose(self.dataset, self.config)

    @Result
    def determination(self) -> dependence.Determination:
        """R² of each feature on all others."""
        return dependence.determine(self.dataset, self.config)

    @Result
    def loudness_energy(self) -> dependence.LoudnessEnergy:
        """Loudness beside energy."""
        return dependence.compare_loudness(self.dataset, self.config)

    @Result
    def danceability(self) -> dependence.Danceability:
        """What danceability is made of."""
        return dependence.take_danceability_apart(self.dataset)

    @Result
    def tempo_grid(self) -> tempo.TempoGrid:
        """The few values of tempo, and the lags they come from."""
        return tempo.find_tempo_grid(self.dataset)

    @Result
    def scaling(self) -> distances.Scaling:
        """Standardisation, as measured: before and after."""
        return distances.measure_scaling(self.dataset)

    @Result
    def influence(self) -> distances.Influence:
        """What the features weigh in distances after standardisation."""
        return distances.measure_influence(self.dataset, self.config)

    # --- K-Means -----------------------------------------------------------------------------

    @Result
    def lloyd_trace(self) -> lloyd.LloydTrace:
        """One run of Lloyd's algorithm, step by step."""
        return lloyd.trace(self.dataset, self.config)

    @Result
    def objective(self) -> lloyd.Objective:
        """The objective of that run's clustering, computed in three ways."""
        return lloyd.measure_objective(self.dataset, self.lloyd_trace)

    @Result
    def plane_run(self) -> plane.PlaneRun:
        """A run in the plane of the first two principal axes, with its cells."""
        return plane.run_in_plane(self.dataset, self.config)

    @Result
    def stopping(self) -> lloyd.Stopping:
        """The rounds at which different rules stop that run."""
        return lloyd.compare_stopping(self.dataset, self.lloyd_trace)

    @Result
    def starts(self) -> starts.Starts:
        """Many single starts, for three ways to begin."""
        return starts.run_starts(self.dataset, self.config)

    @Result
    def cell_slice(self) -> plane.Slice:
        """The cells of the run on all features, cut by the plane of two principal axes."""
        return plane.cut(self.dataset, self.lloyd_trace)

    @Result
    def agreement(self) -> lloyd.LloydAgreement:
        """Our implementation beside scikit-learn's, from the same starts."""
        return lloyd.compare_with_sklearn(self.dataset, self.config)

    @Result
    def kmeans_shapes(self) -> tuple[kmeans_toys.MadeUp, ...]:
        """Made-up groups on which K-Means succeeds and fails."""
        return kmeans_toys.shapes()

    @Result
    def line_optimum(self) -> exercises.LineOptimum:
        """The optimum on the first feature alone, and where single starts end on it."""
        return exercises.solve_line(self.dataset, self.config)

    # --- how many clusters ---------------------------------------------------------------------

    @Result
    def sweep(self) -> choice.Choice:
        """The sweep over the numbers of clusters, with the internal indices."""
        return choice.sweep_songs(self.dataset, self.config)

    @Result
    def null_sweep(self) -> choice.NullComparison:
        """The same sweep on data without clusters."""
        return choice.compare_with_null(self.dataset, self.config, self.sweep)

    @Result
    def sweep_samples(self) -> pd.DataFrame:
        """The same sweep on samples of the songs."""
        return choice.sweep_samples(self.dataset, self.config)

    @Result
    def knees(self) -> choice.Knees:
        """Where a knee detector sees the curve's knee."""
        return choice.find_knees(self.sweep, self.null_sweep)

    @Result
    def gaps(self) -> tuple[Gap, Gap]:
        """The gap statistic against both uniform references."""
        return choice.measure_gaps(self.dataset, self.config, self.sweep)

    @Result
    def picks(self) -> choice.Picks:
        """The number of clusters that each criterion asks for."""
        return choice.collect_picks(
            self.sweep, self.null_sweep, self.knees, self.gaps, self.sweep_samples
        )

    # --- the clusters found --------------------------------------------------------------------

    @Result
    def kmeans_estimator(self) -> KMeans:
        """K-Means of scikit-learn at the study's number of clusters, fitted."""
        return clusters.fit_kmeans(self.dataset, self.config)

    @Result
    def kmeans(self) -> clusters.Clusters:
        """The clustering at the study's number of clusters."""
        return clusters.fit_clusters(self.dataset, self.config, self.kmeans_estimator)

    @Result
    def kmeans_genres(self) -> clusters.GenreTable:
        """That clustering beside the genres."""
        return clusters.compare_with_genres(self.dataset, self.kmeans.labels, self.config)

    @Result
    def kmeans_silhouettes(self) -> clusters.Silhouettes:
        """The silhouette of every song in that clustering."""
        return clusters.measure_silhouettes(self.dataset, self.kmeans.labels, self.config)

    # --- Gaussian mixtures -----------------------------------------------------------------------

    @Result
    def mixture_pictures(self) -> tuple[mixture_toys.Made, ...]:
        """Mixtures of made-up points: round, unequal, stretched, crescents."""
        return mixture_toys.fit_four()

    @Result
    def mixture_type_pictures(self) -> tuple[mixture_toys.Made, ...]:
        """A mixture of each covariance type of the same made-up points."""
        return mixture_toys.fit_types()

    @Result
    def one_normal(self) -> em_plane.OneNormal:
        """A single normal distribution for all songs, in the plane of two principal axes."""
        return em_plane.fit_one_normal(self.dataset)

    @Result
    def em_trace(self) -> em.EMTrace:
        """The run of EM behind the study's mixture, step by step."""
        return em.trace(self.dataset, self.config, self.mixture.log_likelihood)

    @Result
    def em_further(self) -> em.Further:
        """What comes after the end of that run, when it is not ended."""
        return em.go_on(self.dataset, self.config, self.em_trace)

    @Result
    def em_finer(self) -> em.Finer:
        """The starts of the study's mixture with a finer tolerance."""
        return em.refine(self.dataset, self.config)

    @Result
    def em_regularised(self) -> em.Regularised:
        """One more round of that run, with more and more added to the variances."""
        return em.regularise(self.dataset, self.em_trace)

    @Result
    def em_plane(self) -> em_plane.EMPlaneRun:
        """A run of EM in the plane of the first two principal axes."""
        return em_plane.run_em_in_plane(self.config, self.plane_run)

    @Result
    def em_underflow(self) -> em_numerics.Underflow:
        """The densities of the study's mixture, with and without logarithms."""
        return em_numerics.measure_underflow(self.dataset, self.mixture)

    @Result
    def em_costs(self) -> em_numerics.Costs:
        """What a round costs, of K-Means and of EM."""
        return em_numerics.count_costs(self.dataset, self.config.n_clusters)

    @Result
    def em_agreement(self) -> em.EMAgreement:
        """Our implementation of EM beside scikit-learn's, from the same starts."""
        return em.compare_with_sklearn(self.dataset, self.config)

    @Result
    def em_limit(self) -> em_limit.Limit:
        """EM with one fixed variance, smaller and smaller, beside Lloyd's algorithm."""
        return em_limit.soften(self.dataset, self.lloyd_trace)

    # --- how many components ---------------------------------------------------------------------

    @Result
    def mixture_sweep(self) -> gmm_choice.MixtureSweep:
        """The sweep over the numbers of components, full covariances, with BIC and AIC."""
        from analysis.findings.mixtures import choice as gmm_choice

        return gmm_choice.sweep_mixtures(self.dataset, self.config)

    @Result
    def mixture_types(self) -> gmm_choice.TypeSweeps:
        """The same sweep for every kind of covariance."""
        from analysis.findings.mixtures import choice as gmm_choice

        return gmm_choice.sweep_types(self.dataset, self.config, self.mixture_sweep)

    @Result
    def held_out(self) -> gmm_refits.HeldOut:
        """The log-likelihood of songs that were held out, for every number of components."""
        from analysis.findings.mixtures import choice_checked as gmm_refits

        return gmm_refits.hold_out(self.dataset, self.config, self.mixture_sweep)

    @Result
    def overlap(self) -> Overlap:
        """What BIC and ICL say of the mixtures of the sweep."""
        from analysis.findings.mixtures import overlap

        return overlap.measure_overlap(self.dataset, self.mixture_sweep)

    @Result
    def mixture_choices(self) -> gmm_refits.ChoiceRefits:
        """The number of components chosen with other seeds and other samples of the songs."""
        from analysis.findings.mixtures import choice_checked as gmm_refits

        return gmm_refits.refit(self.dataset, self.config, self.mixture_sweep)

    # --- degeneracy ------------------------------------------------------------------------------

    @Result
    def degeneracy(self) -> degeneracy.Degeneracy:
        """What the regularisation does to the mixture: eigenvalues, likelihood, criteria."""
        from analysis.findings.mixtures import degeneracy

        return degeneracy.measure_degeneracy(self.dataset, self.config, self.mixture_sweep)

    @Result
    def spikes(self) -> Spikes:
        """What a component on one song does to the mixture."""
        from analysis.findings.mixtures import degeneracy

        return degeneracy.measure_spikes(self.dataset, self.config, self.mixture)

    @Result
    def with_prior(self) -> WithPrior:
        """What a prior on the covariances does to the mixture, and to a component on one song."""
        from analysis.findings.mixtures import with_prior

        return with_prior.measure_prior(self.dataset, self.config, self.mixture)

    # --- the components found ------------------------------------------------------------------

    @Result
    def mixture_estimator(self) -> GaussianMixture:
        """The Gaussian mixture of scikit-learn at the study's number of components, fitted."""
        return components.fit_gaussian_mixture(self.dataset, self.config)

    @Result
    def mixture(self) -> components.Mixture:
        """The Gaussian mixture at the study's number of components."""
        return components.fit_mixture(self.dataset, self.config, self.mixture_estimator)

    @Result
    def mixture_certainty(self) -> posterior.Certainty:
        """How surely songs belong to the mixture's components."""
        return posterior.describe_certainty(self.mixture)

    @Result
    def mixture_refits(self) -> refits.PosteriorCheck:
        """The posterior beside refits to bootstrap samples."""
        return refits.check_posterior(self.dataset, self.mixture, self.config)

    @Result
    def mixture_shapes(self) -> shapes.Shapes:
        """How long, flat and large the components are."""
        return shapes.measure_shapes(self.dataset, self.mixture, self.kmeans, self.config)

    @Result
    def mixture_plane(self) -> shapes.PlaneView:
        """The mixture in the plane of the first two principal axes."""
        return shapes.view_in_plane(self.dataset, self.mixture)

    @Result
    def mixture_draws(self) -> draws.MixtureSamples:
        """Songs drawn from the mixture beside those of the table."""
        return draws.compare_draws(self.dataset, self.mixture, self.config)

    # --- other songs and tables ------------------------------------------------------------------

    @Result
    def own_music(self) -> own_music.OwnMusic:
        """A few made-up clips, measured as anyone's music is, and their clusters."""
        return own_music.make_music(self.dataset, self.kmeans, self.config)

    @Result
    def audits(self) -> dict[str, Audit]:
        """The checklist asked of tables that come with scikit-learn, and of made-up rows."""
        from analysis.checklist import examples

        return examples.audit_examples(self.config.seed)

    # --- principal components --------------------------------------------------------------------

    @Result
    def pca_axes(self) -> pca.Components:
        """The principal components, and how surely their axes are known."""
        return pca.find_components(self.dataset, self.spectrum, self.config)

    @Result
    def pca_hidden(self) -> pca.Hidden:
        """What the views along the first components keep of distances, neighbours and groups."""
        return pca.measure_hidden(
            self.dataset, self.pca_axes, self.kmeans, self.mixture, self.config
        )

    @Result
    def pca_view(self) -> pca.View:
        """The songs along the first three components, with clusters, components and genres."""
        return pca.look(self.dataset, self.pca_axes, self.kmeans, self.mixture)

    # --- one method beside the other -------------------------------------------------------------

    @Result
    def seeds(self) -> seeds.Seeds:
        """Both methods under several seeds."""
        return seeds.run_seeds(self.dataset, self.config)

    @Result
    def comparison(self) -> comparison.Comparison:
        """K-Means beside the mixture."""
        return comparison.compare(self.dataset, self.kmeans, self.mixture, self.config)

    @Result
    def yardstick(self) -> yardstick.SeedPairs:
        """How alike two runs of one method are, and runs of both."""
        return yardstick.compare_runs(self.seeds, self.config)

    @Result
    def borders(self) -> borders.Borders:
        """How far each song is from the border of its cluster, by both methods."""
        return borders.find_borders(
            self.dataset, self.kmeans, self.mixture, self.comparison, self.config
        )

    @Result
    def each_song(self) -> each_song.EachSong:
        """Every song by itself: where both methods put it, and which songs are nearest."""
        return each_song.look_at_each(
            self.dataset, self.kmeans, self.mixture, self.pca_axes, self.comparison, self.borders
        )

    # --- both beside the genres, and how stable they are -----------------------------------------

    @Result
    def mixture_genres(self) -> clusters.GenreTable:
        """The mixture's components beside the genres."""
        return clusters.compare_with_genres(self.dataset, self.mixture.labels, self.config)

    @Result
    def scores(self) -> scores.Scores:
        """Every index of both clusterings, beside chance and random cells."""
        return scores.score(
            self.dataset,
            {"kmeans": self.kmeans.labels, "mixture": self.mixture.labels},
            {"kmeans": self.kmeans_genres, "mixture": self.mixture_genres},
            self.seeds,
            self.config,
        )

    @Result
    def ceiling(self) -> ceiling.ClassifierScores:
        """What classifiers that are told the genres get right, and what clusters do."""
        return ceiling.measure_ceiling(
            self.dataset,
            {"kmeans": self.kmeans.labels, "mixture": self.mixture.labels},
            self.config,
        )

    @Result
    def artists(self) -> artists.Artists:
        """Songs by one artist, and what they do to intervals and stability."""
        return artists.measure_artists(
            self.dataset,
            {"kmeans": self.kmeans.labels, "mixture": self.mixture.labels},
            self.seeds,
            self.config,
        )

    @Result
    def recodings(self) -> recodings.Recodings:
        """The five features of the table, written in several ways, whatever the study looks at."""
        return recodings.compare_recodings(self.dataset.whole, self.config)

    @Result
    def feature_sets(self) -> stability.FeatureSets:
        """Both methods on both feature sets."""
        ours, published = self.ours, self.as_published
        return stability.compare_feature_sets(
            (ours.dataset.tracks, published.dataset.tracks),
            (ours.kmeans.labels, published.kmeans.labels),
            (ours.mixture.labels, published.mixture.labels),
        )

    @Result
    def stability(self) -> stability.Stability:
        """Both clusterings beside those of other seeds, other songs and fewer features."""
        return stability.measure_stability(
            self.dataset, self.kmeans, self.mixture, self.seeds, self.config
        )

    @Result
    def halves(self) -> halves.Halves:
        """Fits to half of the songs beside fits to the other half and to a bootstrap sample."""
        return halves.split_songs(self.dataset, self.config)

    @Result
    def without_groups(self) -> toys.NoGroups:
        """A bar and a disc filled evenly, cut in two, and how far refits agree with the cut."""
        return toys.cut_without_groups(self.config.seed, self.config.confidence)

    @Result
    def positive_control(self) -> control.Protocol:
        """What the study measures, of ten groups that are there."""
        return control.measure_control(self.config)

    @Result
    def protocol(self) -> control.Protocol:
        """The same of the songs."""
        return control.gather(
            self.picks,
            (
                self.mixture_types.best_sweep("bic").best("bic"),
                self.mixture_sweep.best("bic"),
            ),
            self.scores,
            self.yardstick,
            self.stability,
            self.headline,
            self.ceiling,
        )

    @Result
    def trial(self) -> trial.Trial:
        """The data of the page on which readers run both methods, and the runs it names."""
        return trial.prepare(self.ours.dataset, self.config)

    @Result
    def headline(self) -> headline.GenresFound:
        """The share of the songs whose genre is found: by chance, by both methods, when told."""
        return headline.find_genres(
            self.dataset,
            {"kmeans": self.kmeans.labels, "mixture": self.mixture.labels},
            self.seeds,
            self.scores,
            self.ceiling,
            self.config,
        )
