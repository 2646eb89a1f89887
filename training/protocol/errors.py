"""The engine's own errors: each carries a code for programs, data for logs and one sentence for people."""

from __future__ import annotations

from typing import Any


class EngineError(Exception):
    """Something that ends a run, in words that a person can act on."""

    code = "internal"

    def __init__(self, text: str, **data: Any) -> None:
        super().__init__(text)
        self.text = text
        self.data = data


class BadJob(EngineError):
    """The job file breaks the contract; the sentence names the field."""

    code = "bad_job"


class NoShots(EngineError):
    """A class has no box to learn from."""

    code = "no_shots"


class NothingToCheck(EngineError):
    """Too few images are complete: no box can be looked at by a model that did not learn from it."""

    code = "nothing_to_check"


class BadModel(EngineError):
    """A class model's file that is broken, is another than it should be, or that this version cannot run."""

    code = "bad_model"


class BadImage(EngineError):
    """A file that does not decode to a picture."""

    code = "bad_image"


class OutOfMemory(EngineError):
    """The device has too little memory for the work."""

    code = "out_of_memory"


class WeightsUnavailable(EngineError):
    """No place that was tried gave a file with the right hash."""

    code = "weights_unavailable"

    def __init__(self, name: str, tried: list[str]) -> None:
        listed = "; ".join(tried) or "nowhere"
        super().__init__(
            f"The pretrained weights {name} could not be had. Tried: {listed}. "
            f"Put the file into the weights folder (LABELHUB_WEIGHTS_DIR) and start again.",
            name=name,
            tried=tried,
        )


class BadResults(EngineError):
    """The engine's results break the contract; the text is for people."""

    code = "bad_results"

    @classmethod
    def of(cls, error: Exception) -> BadResults:
        """With its reason as data."""
        reason = f"{type(error).__name__}: {error}"
        return cls(f"The engine's results cannot be read ({reason}).", reason=reason)
