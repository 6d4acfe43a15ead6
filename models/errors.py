"""What can be wrong with a model; readable without loading torch."""

__all__ = ["Diverged", "EncoderError", "ModelError", "VersionError"]


class ModelError(Exception):
    """A model cannot be used; the text says why and what to do."""


class EncoderError(ModelError):
    """The encoder cannot be found, or is not the one that it claims to be."""


class Diverged(ModelError):
    """The loss of a training is no number any more."""


class VersionError(ModelError):
    """The folder is not a version that this Debut can read."""
