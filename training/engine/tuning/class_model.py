"""Settings of class models: training set, head, box regressor, verifier, thresholds, counts."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class ShotSplitSettings:
    """Which images a class learns from, and how they are held out."""

    most_folds: int = tuned(10, "folds", "nearly all shots score each held-out image; more cost time", "estimate")
    most_shot_images: int = tuned(80, "images", "features of more would fill a small machine's memory", "estimate")
    most_empty_images: int = tuned(20, "images", "without the class: counter-examples; more say the same", "estimate")
    least_candidates: int = tuned(12, "boxes", "kept per image of a class that images hold once", "sources")
    most_candidates: int = tuned(60, "boxes", "kept per image of a crowd; its crops take most of the time", "sources")
    lone_complete: int = tuned(
        10, "boxes", "with fewer, a single complete image is not held out: platelets F1 .08 to .59", "three_questions"
    )
    per_shot: int = tuned(2, "boxes", "kept for each further shot of the densest shot image", "sources")


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """Variations of shot images."""

    most_per_image: int = tuned(4, "views", "two tomato images: AP50 .27 with two views each, .41 with four", "fewshot")
    views: int = tuned(17, "views", "of all images together: most of a further class's time", "classes")
    most_views: int = tuned(50, "views", "up to so many, where there are images for two views each", "classes")
    same_object: float = tuned(
        0.5, "IoU", "with a shot: a counter-example of the same object is left out", "convention"
    )
    least_brightness: float = tuned(0.05, "share", "varied at least so much, that views differ", "estimate")


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """A class's linear head on the detector's features."""

    centre: float = tuned(0.35, "half sides", "anchors this near to a box's centre are positive", "fewshot")
    part: float = tuned(0.6, "half sides", "anchors in a box beyond this are negative: mere parts", "fewshot")
    nearest: int = tuned(4, "anchors", "at most so many are positive per box and level", "fewshot")
    background: int = tuned(600, "anchors", "negatives of a complete image, by chance", "fewshot")
    part_negatives: int = tuned(60, "anchors", "negatives inside boxes, by chance", "fewshot")
    top: int = tuned(400, "anchors", "turned into boxes before suppression", "sources")
    overlap: float = tuned(0.5, "IoU", "boxes of one object", "convention")
    l2: float = tuned(0.05, "per squared weight", "classifier on standardised features", "fewshot")
    ridge: float = tuned(1.0, "per sample", "box regression on standardised features", "fewshot")
    positive_share: float = tuned(0.3, "share", "weight of all positives beside all negatives", "fewshot")
    low_ratio: float = tuned(2.5, "strides", "least size (root of area) of a level's boxes", "fewshot")
    high_ratio: float = tuned(10.0, "strides", "largest size of a level's boxes; levels overlap", "fewshot")
    absent: float = tuned(-30.0, "log odds", "where no level suits a box", "estimate")
    least_reach: float = tuned(0.05, "strides", "least distance to an edge that the regression learns", "estimate")
    steps: int = tuned(60, "iterations", "L-BFGS has converged before", "estimate")


@dataclass(frozen=True, slots=True)
class CorrectorSettings:
    """The box regressor: a cascade of ridge regressions."""

    grid: int = tuned(7, "cells", "points over a box per side", "ablation")
    cells: float = tuned(12.0, "cells", "side of a box on the level that it is read from", "ablation")
    jitter: tuple[tuple[float, float], ...] = tuned(
        ((0.20, 0.25), (0.10, 0.12)), "sides, log sides", "how far boxes are off, step by step", "ablation"
    )  # fmt: skip
    ridge: float = tuned(0.1, "per sample", "on standardised features", "ablation")
    samples: int = tuned(1000, "boxes", "jittered, of all shots: the solve grows with their cube", "ablation")
    most_per_shot: int = tuned(12, "boxes", "jittered boxes of one shot", "ablation")
    farthest: float = tuned(0.5, "sides", "an edge moves no farther in one step", "ablation")
    smallest: float = tuned(2.0, "pixels", "of the network's input; a smaller shot is left out", "estimate")
    least_spread: float = tuned(1e-3, "feature units", "added to standard deviations", "estimate")
    harm: float = tuned(0.02, "IoU", "harm to held-out shots that is no noise switches it off", "ablation")


@dataclass(frozen=True, slots=True)
class ProposalSettings:
    """How boxes of both sources become candidates."""

    agree: float = tuned(0.6, "IoU", "boxes that are joined into one", "ablation")
    tight: float = tuned(0.1, "score", "surer proposals of the detector stay as they are", "ablation")
    lead: float = tuned(20.0, "weight per score", "how much more such a proposal weighs in a joined box", "ablation")
    head_weight: float = tuned(0.6, "per log odds", "of the head in the order of boxes", "sources")
    generic_weight: float = tuned(0.35, "per log odds", "of the detector in the order of boxes", "sources")
    least_generic: float = tuned(0.001, "score", "of a place where the detector proposed nothing", "estimate")
    head_limit: float = tuned(8.0, "log odds", "beyond which the head is not believed more", "estimate")
    same_place: float = tuned(0.5, "IoU", "a detector's proposal scores boxes that it covers so", "convention")
    pooled_cells: int = tuned(150, "cells", "about so many of a level make a box's mean; more cost time", "estimate")


@dataclass(frozen=True, slots=True)
class SecondSourceSettings:
    """The second source, and when a class uses it."""

    most_candidates: int = tuned(25, "boxes", "of an image, beside the first source's", "leave_out")
    clip: float = tuned(8.0, "log odds", "of its head beyond which it is not believed more", "estimate")
    least_gain: float = tuned(0.02, "share", "by which the log loss of held-out shots must fall", "leave_out")
    least_probability: float = tuned(0.01, "probability", "of a shot that was not found", "estimate")


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """What shots say of candidates."""

    hit: float = tuned(0.5, "IoU", "a found object", "convention")
    sure_hit: float = tuned(0.6, "IoU", "a positive to learn from", "fewshot")
    region: float = tuned(0.5, "share of a box", "in a crowd or ignore region: neither hit nor miss", "convention")
    sure_miss: float = tuned(0.4, "IoU", "a negative to learn from lies below", "fewshot")
    near: float = tuned(0.2, "IoU", "with a shot: known, also where an image is not complete", "fewshot")


@dataclass(frozen=True, slots=True)
class BankSettings:
    """Crops that are known, and their nearest neighbours."""

    limit: int = tuned(500, "entries", "a class model stays below two megabytes", "estimate")
    soft: int = tuned(3, "entries", "nearest ones that make the margin: one outlier alone does not decide", "fewshot")
    sharpness: float = tuned(10.0, "per cosine", "weight of the nearest among them", "fewshot")
    few_negatives: int = tuned(8, "entries", "with fewer, quarters of shots are added", "fewshot")
    shots_shown: int = tuned(3, "entries", "nearest shots that are shown as evidence", "estimate")
    counter_examples_shown: int = tuned(2, "entries", "nearest counter-examples that are shown", "estimate")
    outlier: float = tuned(3.0, "robust deviations", "a shot so much less like the others is named", "convention")
    outlier_spread: float = tuned(0.02, "cosine", "added to the deviation: equal shots have none", "estimate")
    outlier_shots: int = tuned(5, "shots", "with fewer, nothing is called an outlier", "estimate")


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """The calibrated verifier. Several unlike sets of photos chose the weights; shots stretch and shift their sum."""

    l2: float = tuned(0.3, "per squared weight", "classifiers of crop and pooled features", "fewshot")
    steps: int = tuned(60, "iterations", "of their fits", "estimate")
    label_weight: float = tuned(10.0, "per root of images", "weight of each label, however many boxes", "fewshot")
    roi_spread: float = tuned(0.01, "feature units", "added to deviations of pooled features", "estimate")
    clear_class: float = tuned(0.15, "score", "of its own classes at which the affinity counts in full", "fewshot")
    class_floor: float = tuned(0.01, "score", "added to class scores before their logarithm", "fewshot")
    class_typical: float = tuned(2.5, "log score", "of a box that is as likely as not of such a class", "fewshot")
    weights: tuple[float, ...] = tuned(
        (1.05, 0.53, 0.26, 0.04, 2.52, 0.5, 0.34), "per signal", "in the order of verifier.signals", "fusion"
    )  # fmt: skip
    second_weight: float = tuned(0.26, "per log odds", "of the second source, as of the first", "estimate")
    bias: float = tuned(-1.57, "log odds", "of their sum", "fusion")
    centre: tuple[float, ...] = tuned((0.0, 0.0, 0.0, -3.0, 0.0, 0.0, 0.0), "per signal", "subtracted first", "fewshot")
    clip: float = tuned(8.0, "log odds", "of the head beyond which it is not believed more", "estimate")
    poor: tuple[float, float] = tuned((-1.0, -0.15), "log odds, cosine", "crop and margin of a poor crop", "fewshot")
    excellent: tuple[float, float] = tuned(
        (2.0, 0.15), "log odds, cosine", "of 1,434 true finds in five sets none had a better crop or margin", "fewshot"
    )  # fmt: skip
    stretch_l2: float = tuned(20.0, "per squared change", "how far shots may stretch the sum", "fewshot")
    shift_l2: float = tuned(1.0, "per squared change", "how far shots may shift the sum", "fewshot")
    least_stretch: float = tuned(0.2, "factor", "shots may not turn the sum around", "estimate")
    crop_from: float = tuned(
        0.35, "probability", "an excellent crop must reach; at .25 a third more crops, equal F1", "fewshot"
    )
    crop_from_keypoints: float = tuned(0.25, "probability", "the same where keypoints may yet lift a box", "fewshot")
    together: int = tuned(8, "images", "whose crops are encoded in one go", "fewshot")
    show_from: float = tuned(0.5, "probability", "of a find that is shown while the run goes on", "estimate")


@dataclass(frozen=True, slots=True)
class KeypointSettings:
    """Keypoint verification. By chance twelve classes of photos share at most four points, cards at least fifteen."""

    shared: float = tuned(8.0, "points", "that the median shot shares with another image's shot", "fewshot")
    most_shots: int = tuned(16, "boxes", "kept in a class model; each costs a millisecond per box", "estimate")
    most_others: int = tuned(16, "boxes", "look-alikes that are kept", "estimate")
    plausible: float = tuned(0.05, "probability", "from which a box is compared", "fewshot")
    nearest: int = tuned(3, "boxes", "whose shared points are added up", "fewshot")
    against: float = tuned(0.5, "factor", "of look-alikes' points", "fewshot")
    weights: tuple[float, float] = tuned((0.3, 2.5), "per signal", "log odds before, and keypoint score", "fewshot")
    bias: float = tuned(-6.0, "log odds", "of their sum", "fewshot")
    l2: tuple[float, float] = tuned((20.0, 4.0), "per squared change", "how far shots may bend the weights", "fewshot")
    bias_l2: float = tuned(0.05, "per squared change", "how far shots may shift the sum", "fewshot")
    clip: float = tuned(9.0, "log odds", "before, beyond which a box is not surer", "estimate")


@dataclass(frozen=True, slots=True)
class SuppressionSettings:
    """One box per object."""

    same_object: float = tuned(0.5, "IoU", "two boxes of one object", "convention")
    rivals: float = tuned(0.6, "IoU", "boxes of two classes that claim one object", "classes")
    clearly: float = tuned(1.5, "log odds", "a class must be surer by: six ranks of cards F1 .41; .35 at 0", "classes")
    inside: float = tuned(0.85, "IoS", "a box inside another", "fewshot")
    apart: float = tuned(0.3, "IoU", "least limit, where people's boxes never overlap", "fewshot")
    room: float = tuned(0.1, "IoU", "more overlap than people's own boxes have", "fewshot")
    answered: float = tuned(0.5, "IoU", "with a box that a person drew or rejected: no suggestion there", "convention")
    region: float = tuned(0.5, "share of a box", "in a crowd or ignore region: no suggestion there", "convention")
    dropped_from: float = tuned(0.01, "probability", "from which a dropped object is kept in the results", "estimate")


@dataclass(frozen=True, slots=True)
class ThresholdSettings:
    """Review and auto-accept thresholds."""

    review: float = tuned(0.5, "probability", "default: ten shots alone place it too low", "fewshot")
    lowest_review: float = tuned(0.3, "probability", "of a class that is not measured", "fewshot")
    bolder: float = tuned(
        3.0, "log odds of one shot", "the threshold of a common class falls by this / shots", "fewshot"
    )
    common: float = tuned(0.4, "share of images", "hold a class that is common", "fewshot")
    auto: float = tuned(0.92, "probability", "least for accepting unseen", "mistakes")
    highest_auto: float = tuned(0.999, "probability", "a threshold that can be reached", "estimate")
    clear: float = tuned(1.5, "log odds", "above the worst held-out mistake: more look-alikes will come", "mistakes")
    prior_shots: float = tuned(30.0, "shots", "that the default weighs", "fewshot")
    widest_gap: float = tuned(2.0, "log odds", "the threshold takes the middle of a gap so wide at most", "fewshot")
    unmeasured_shift: float = tuned(1.0, "log odds of one shot", "this / shots where nothing is held out", "fusion")
    stricter: tuple[float, float] = tuned(
        (0.5, 1.75), "log odds", "above the threshold that saves most time: balanced, few mistakes", "thresholds"
    )
    blur: float = tuned(0.5, "log odds", "by which objects are blurred to see crowds", "fewshot")
    empty: float = tuned(0.25, "density", "of the crowd's, at most, between crowd and heap", "fewshot")
    fuller: float = tuned(1.3, "density", "of the place between, at least, in the heap", "fewshot")
    heap: int = tuned(5, "objects", "make a heap", "fewshot")
    highest_review: float = tuned(0.9, "probability", "a threshold that is moved above a crowd", "fewshot")
    last_place: float = tuned(0.995, "probability", "where the search for an empty place ends", "estimate")
    places: int = tuned(120, "places", "that are tried", "estimate")
    bins: int = tuned(500, "bins", "of the histogram: distances of a million objects would take gigabytes", "estimate")


@dataclass(frozen=True, slots=True)
class QuestionSettings:
    """Questions before a class of few boxes is shown."""

    count: int = tuned(3, "questions", "of a class", "three_questions")
    least: float = tuned(0.2, "probability", "of what may be asked about", "three_questions")
    most: int = tuned(400, "candidates", "the most doubtful ones; each is compared with each", "estimate")
    sharpness: float = tuned(2.0, "exponent", "of the cosine of two candidates", "three_questions")


@dataclass(frozen=True, slots=True)
class CountPriorSettings:
    """How many objects images hold."""

    likely: float = tuned(0.5, "probability", "of an object that counts", "fewshot")
    holding: float = tuned(0.5, "share of images", "must hold one: rare finds are too often false", "fewshot")
    prior_images: float = tuned(20.0, "images", "of independent boxes: few images change little", "fewshot")
    rounds: int = tuned(100, "iterations", "of expectation maximisation; it has converged before", "estimate")
    least_share: float = tuned(1e-4, "share", "of each count", "estimate")
    most_odds: float = tuned(1e4, "odds", "of a box", "estimate")
    largest: float = tuned(600.0, "log weight", "that a number can hold", "estimate")


@dataclass(frozen=True, slots=True)
class HeldOutErrorSettings:
    """Held-out mistakes that are shown."""

    most: int = tuned(12, "pictures", "a page that a person looks through", "estimate")
    loose: float = tuned(0.75, "IoU", "of a hit whose edges a person would move", "convention")
    curve_points: int = tuned(200, "points", "of a curve that is stored and drawn", "estimate")
