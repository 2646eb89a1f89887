// What a run was asked for, as names and values.
import { percent } from "../lib/format";

export interface Settings {
  readonly budget?: string;
  readonly aim?: string;
  readonly train?: string;
  readonly epochs?: number;
  readonly augment?: {
    readonly rotate_deg: number;
    readonly brightness: number;
    readonly flip: boolean;
    readonly noise: boolean;
  };
  readonly detector?: string;
  readonly confidence?: number;
}

export function settingsOf(params: Settings): [string, string][] {
  const rows: [string, string][] = [];
  const trains: Record<string, string> = {
    auto: gettext("when it pays"),
    always: gettext("always"),
    never: gettext("never"),
  };
  const aims: Record<string, string> = {
    time: gettext("most time saved"),
    balanced: gettext("balanced"),
    precision: gettext("few mistakes"),
  };
  const yesNo = (value: boolean): string => (value ? gettext("yes") : gettext("no"));
  if (params.budget) rows.push([gettext("Thoroughness"), params.budget === "best" ? gettext("best") : gettext("fast")]);
  if (params.aim) rows.push([gettext("Aim of suggestions"), aims[params.aim] ?? params.aim]);
  if (params.train) rows.push([gettext("Own detector"), trains[params.train] ?? params.train]);
  if (params.epochs && params.train !== "never") rows.push([gettext("Epochs"), String(params.epochs)]);
  if (params.augment)
    rows.push(
      [gettext("Rotation"), `± ${params.augment.rotate_deg}°`],
      [gettext("Brightness"), `± ${percent(params.augment.brightness)}`],
      [gettext("Mirror"), yesNo(params.augment.flip)],
      [gettext("Noise"), yesNo(params.augment.noise)],
    );
  if (params.detector) rows.push([gettext("Detector"), params.detector]);
  if (params.confidence !== undefined) rows.push([gettext("Confidence"), percent(params.confidence)]);
  return rows;
}
