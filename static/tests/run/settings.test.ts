import { expect, test } from "vitest";
import { settingsOf } from "../../src/run/settings";

const augment = { rotate_deg: 10, brightness: 0.2, flip: true, noise: false };

test.each([
  [{}, []],
  [
    { budget: "fast", train: "auto", epochs: 60 },
    [
      ["Thoroughness", "fast"],
      ["Own detector", "when it pays"],
      ["Epochs", "60"],
    ],
  ],
  [
    { budget: "best", train: "never", epochs: 60 },
    [
      ["Thoroughness", "best"],
      ["Own detector", "never"],
    ],
  ],
  [{ aim: "precision" }, [["Aim of suggestions", "few mistakes"]]],
  [
    { augment },
    [
      ["Rotation", "± 10°"],
      ["Brightness", "± 20%"],
      ["Mirror", "yes"],
      ["Noise", "no"],
    ],
  ],
  [
    { detector: "yolo26n", confidence: 0.25 },
    [
      ["Detector", "yolo26n"],
      ["Confidence", "25%"],
    ],
  ],
])("%j", (params, rows) => expect(settingsOf(params)).toEqual(rows));
