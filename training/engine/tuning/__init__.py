"""Every tuned number of the engine, with its unit, its reason and the bench that chose it; no other file of the engine holds one.

A stage gets its settings as an argument. A bench varies a field with `dataclasses.replace` and patches no module.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from training.engine.tuning.class_model import (
    BankSettings,
    CorrectorSettings,
    CountPriorSettings,
    HeadSettings,
    HeldOutErrorSettings,
    KeypointSettings,
    LabelSettings,
    ProposalSettings,
    ShotSplitSettings,
    SuppressionSettings,
    ThresholdSettings,
    VerifierSettings,
    ViewSettings,
)
from training.engine.tuning.stages import DetectSettings, PseudoLabelSettings, SelfTrainingSettings, SimilarSettings


@dataclass(frozen=True, slots=True)
class Tuning:
    """All settings of a run."""

    shot_split: ShotSplitSettings = field(default_factory=ShotSplitSettings)
    views: ViewSettings = field(default_factory=ViewSettings)
    head: HeadSettings = field(default_factory=HeadSettings)
    corrector: CorrectorSettings = field(default_factory=CorrectorSettings)
    proposals: ProposalSettings = field(default_factory=ProposalSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    bank: BankSettings = field(default_factory=BankSettings)
    verifier: VerifierSettings = field(default_factory=VerifierSettings)
    keypoints: KeypointSettings = field(default_factory=KeypointSettings)
    suppression: SuppressionSettings = field(default_factory=SuppressionSettings)
    thresholds: ThresholdSettings = field(default_factory=ThresholdSettings)
    count_prior: CountPriorSettings = field(default_factory=CountPriorSettings)
    self_training: SelfTrainingSettings = field(default_factory=SelfTrainingSettings)
    pseudo_labels: PseudoLabelSettings = field(default_factory=PseudoLabelSettings)
    held_out_errors: HeldOutErrorSettings = field(default_factory=HeldOutErrorSettings)
    similar: SimilarSettings = field(default_factory=SimilarSettings)
    detect: DetectSettings = field(default_factory=DetectSettings)


DEFAULTS = Tuning()
