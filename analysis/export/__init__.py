"""What the study leaves behind: its models and tables as files, and how to load them again.

:func:`make_files` makes every file in memory, together with what its columns and keys mean, so
that what is written and what is said about it cannot drift apart. :func:`write_files` writes them
as one folder. :func:`load_model` gives an estimator back from JSON, which is data and nothing
else. :func:`load_pickle` does so from a pickle, which can run code when it is loaded: only from a
file that the folder's manifest vouches for.
"""

from analysis.export.folder import FOLDER, write_files
from analysis.export.load import RoundTrip, load_model, load_pickle, read_back
from analysis.export.make import fit_scaler, make_files
from analysis.export.schema import MANIFEST, Column, File, Files

__all__ = [
    "FOLDER",
    "MANIFEST",
    "Column",
    "File",
    "Files",
    "RoundTrip",
    "fit_scaler",
    "load_model",
    "load_pickle",
    "make_files",
    "read_back",
    "write_files",
]
