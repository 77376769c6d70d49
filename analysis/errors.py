"""The exceptions of the package: what is wrong, where, and what would be right, in a sentence."""


class AnalysisError(Exception):
    """Something a person can mend: a parameter, a table, a folder."""


class ConfigError(AnalysisError):
    """``study.toml`` is missing, is not TOML, or has an unknown key or a bad value."""


class DatasetError(AnalysisError):
    """A feature table, or the public table it comes from, cannot be used."""


class SoundError(AnalysisError):
    """Audio, or a list of it, cannot be used."""


class StoreError(AnalysisError):
    """Results cannot be kept on disk."""


class ExportError(AnalysisError):
    """Files of the export cannot be written, or one of them cannot be trusted or read."""
