"""Settings that all tests share."""

from hypothesis import settings

# A busy machine is no failure: no test may depend on how long it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
