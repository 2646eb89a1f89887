"""Every tuned number of the engine, with its unit, its reason and the bench that chose it; no other file of the engine
holds one.

A stage gets its settings as an argument. A bench varies a field with `dataclasses.replace` and patches no module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from training.engine.tuning.class_model import (
    BankSettings,
    CorrectorSettings,
    CountPriorSettings,
    HeadSettings,
    HeldOutErrorSettings,
    KeypointSettings,
    LabelSettings,
    ProposalSettings,
    QuestionSettings,
    SecondSourceSettings,
    ShotSplitSettings,
    SuppressionSettings,
    ThresholdSettings,
    VerifierSettings,
    ViewSettings,
)
from training.engine.tuning.clicks import ClickSettings
from training.engine.tuning.finetune import AgreementSettings, TimingSettings, TrainerSettings, TrainingSetSettings
from training.engine.tuning.label_errors import LabelErrorSettings
from training.engine.tuning.progress import ProgressSettings
from training.engine.tuning.stages import (
    DetectSettings,
    MeasureSettings,
    PseudoLabelSettings,
    SelfTrainingSettings,
    SimilarSettings,
)
from training.engine.tuning.vision import (
    AugmentationSettings,
    CacheSettings,
    DetectorSettings,
    EncoderSettings,
    NetworkSettings,
    SiftSettings,
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """All settings of a run."""

    shot_split: ShotSplitSettings = field(default_factory=ShotSplitSettings)
    views: ViewSettings = field(default_factory=ViewSettings)
    head: HeadSettings = field(default_factory=HeadSettings)
    corrector: CorrectorSettings = field(default_factory=CorrectorSettings)
    proposals: ProposalSettings = field(default_factory=ProposalSettings)
    second_source: SecondSourceSettings = field(default_factory=SecondSourceSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    bank: BankSettings = field(default_factory=BankSettings)
    verifier: VerifierSettings = field(default_factory=VerifierSettings)
    keypoints: KeypointSettings = field(default_factory=KeypointSettings)
    suppression: SuppressionSettings = field(default_factory=SuppressionSettings)
    thresholds: ThresholdSettings = field(default_factory=ThresholdSettings)
    questions: QuestionSettings = field(default_factory=QuestionSettings)
    count_prior: CountPriorSettings = field(default_factory=CountPriorSettings)
    self_training: SelfTrainingSettings = field(default_factory=SelfTrainingSettings)
    pseudo_labels: PseudoLabelSettings = field(default_factory=PseudoLabelSettings)
    held_out_errors: HeldOutErrorSettings = field(default_factory=HeldOutErrorSettings)
    measure: MeasureSettings = field(default_factory=MeasureSettings)
    label_errors: LabelErrorSettings = field(default_factory=LabelErrorSettings)
    similar: SimilarSettings = field(default_factory=SimilarSettings)
    detect: DetectSettings = field(default_factory=DetectSettings)
    clicks: ClickSettings = field(default_factory=ClickSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    sift: SiftSettings = field(default_factory=SiftSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    training_set: TrainingSetSettings = field(default_factory=TrainingSetSettings)
    trainer: TrainerSettings = field(default_factory=TrainerSettings)
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    timing: TimingSettings = field(default_factory=TimingSettings)


DEFAULTS = Tuning()
PROGRESS = ProgressSettings()  # apart: class models keep what they were made with, and are not made with these


def changed(settings: Any) -> str:
    """Nothing for settings at their defaults, else a mark of them: what was made with others is kept under another
    name.
    """
    usual = settings == type(settings)()
    return "" if usual else f"-{hashlib.sha256(repr(settings).encode()).hexdigest()[:8]}"
