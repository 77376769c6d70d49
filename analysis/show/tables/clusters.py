"""Tables of the clusters: the fit, sizes, centroids, profiles, distances, genres, silhouettes."""

from __future__ import annotations

from analysis.findings.kmeans.clusters import Clusters, GenreTable, Silhouettes
from analysis.findings.mixtures.components import Mixture
from analysis.numbers import listed, number, percent, signed
from analysis.show.names import label
from analysis.show.tables.markdown import Table, cells, code, escape, headings


def kmeans_fit(clusters: Clusters) -> Table:
    """Show what was fitted, and what came out."""
    rows = (
        (code("n_clusters"), number(clusters.n_clusters)),
        (code("init"), code("k-means++")),
        (code("n_init"), number(clusters.n_init)),
        (code("max_iter"), number(clusters.max_iter)),
        (code("random_state"), number(clusters.seed)),
        ("Songs, features", f"{number(clusters.n_songs)}, {number(clusters.n_features)}"),
        ("Rounds of the best start", number(clusters.n_iter)),
        ("WCSS", number(clusters.inertia, 2)),
        ("WCSS as a share of the total", percent(clusters.within_share, 1)),
        ("Shape of the centres", f"{clusters.n_clusters} × {clusters.n_features}"),
    )
    return Table(("Parameter or result", "Value"), rows)


def cluster_sizes(clusters: Clusters) -> Table:
    """Show how many songs each cluster has."""
    rows = [
        (str(cluster), number(int(size)), percent(size / clusters.n_songs, 1))
        for cluster, size in enumerate(clusters.sizes)
    ]
    rows += [
        ("Minimum", number(int(clusters.sizes.min())), ""),
        ("Maximum", number(int(clusters.sizes.max())), ""),
        ("Mean", number(clusters.even_size, 1), ""),
        ("Standard deviation", number(clusters.size_sd, 1), ""),
    ]
    return Table(("Cluster", "Songs", "Share"), tuple(rows))


def centroids(clusters: Clusters | Mixture) -> Table:
    """Show centroids, or means of components, in the features' own units."""
    return Table(
        (str(clusters.means.index.name).capitalize(), *headings(clusters.features)),
        tuple(
            (str(cluster), *cells(row, clusters.features))
            for cluster, row in zip(clusters.means.index, clusters.means.to_numpy(), strict=True)
        ),
    )


def profiles(clusters: Clusters) -> Table:
    """Show what sets each cluster apart, its name, and the source notebook's labels."""
    return Table(
        ("Cluster", "Name", "Set apart by", "In the source"),
        tuple(
            (
                str(profile.cluster),
                profile.name,
                listed(
                    f"{label(name)} {signed(value, 1)}" for name, value in profile.deviations[:3]
                ),
                ", ".join(filter(None, (profile.source_tempo, profile.source_energy))) or "–",
            )
            for profile in clusters.profiles
        ),
        n_text_columns=4,
    )


def distances(clusters: Clusters) -> Table:
    """Show the distances to the centre, per cluster and over all songs."""
    return Table(
        ("Cluster", "Songs", "Mean ± SD", "Median", "Minimum", "Maximum"),
        tuple(
            (
                "All" if name == "all" else str(name),
                number(int(row["n"])),
                f"{number(row['mean'])}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{number(row['sd'])}",
                number(row["median"]),
                number(row["minimum"]),
                number(row["maximum"]),
            )
            for name, row in clusters.distance_stats.iterrows()
        ),
    )


def extremes(clusters: Clusters) -> Table:
    """Show the song nearest to each centre and the one farthest from it."""
    return Table(
        ("Cluster", "Most typical", "Least typical", "Distance of the first", "Of the second"),
        tuple(
            (
                str(cluster),
                escape(row["nearest"]),
                escape(row["farthest"]),
                number(row["nearest_distance"]),
                number(row["farthest_distance"]),
            )
            for cluster, row in clusters.extremes.iterrows()
        ),
        n_text_columns=3,
    )


def contingency(genres: GenreTable) -> Table:
    """Show the songs of each genre in each cluster, with margins."""
    from analysis.methods.indices.external import with_margins

    table = with_margins(genres.table)
    header = ("Genre", *(str(column) for column in table.columns[:-1]), "All")
    rows = tuple(
        ("All" if i == len(genres.table) else escape(name), *(number(int(n)) for n in counts))
        for i, (name, counts) in enumerate(zip(table.index, table.to_numpy(), strict=True))
    )
    return Table(header, rows)


def leading_genres(genres: GenreTable, what: str = "cluster") -> Table:
    """Show the commonest genres of each cluster, or of what it is called, with their shares."""
    places = ("Commonest", "Second", "Third")
    rows = []
    for cluster, group in genres.leading.groupby("cluster"):
        found = [f"{escape(row['genre'])} {percent(row['share'])}" for _, row in group.iterrows()]
        rows.append((str(cluster), *found, *["–"] * (len(places) - len(found))))
    return Table((what.capitalize(), *places), tuple(rows), n_text_columns=4)


def silhouettes(silhouettes: Silhouettes) -> Table:
    """Show the mean silhouette of each cluster, and how many songs lie below zero."""
    rows = [
        (
            str(cluster),
            number(int(row["n"])),
            number(row["mean"], 3),
            number(row["minimum"], 3),
            number(int(row["negative"])),
        )
        for cluster, row in silhouettes.by_cluster.iterrows()
    ]
    rows.append(
        (
            "All",
            number(len(silhouettes.table)),
            number(silhouettes.mean.estimate, 3),
            number(float(silhouettes.table["silhouette"].min()), 3),
            number(silhouettes.n_negative),
        )
    )
    return Table(("Cluster", "Songs", "Mean", "Lowest", "Below 0"), tuple(rows))
