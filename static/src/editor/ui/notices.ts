// What the sync queue has to tell, in words.
import { at } from "../../lib/address";
import { toast } from "../../lib/toast";
import type { LabelClass } from "../../lib/types";
import type { Notice } from "../sync/rebase";

export function notify(notices: readonly Notice[], classes: readonly LabelClass[], elsewhere?: number): void {
  const name = (id: number): string => classes.find((one) => one.id === id)?.name ?? "?";
  const action =
    elsewhere === undefined
      ? undefined
      : { label: gettext("Show"), run: () => location.assign(at(`/images/${elsewhere}/`)) };
  // Ten boxes overtaken in one save are one sentence.
  for (const text of new Set(notices.map((notice) => sentence(notice, name)))) {
    toast(text, notices.some((notice) => notice.kind === "refused") ? "error" : "info", action);
  }
}

function sentence(notice: Notice, name: (id: number) => string): string {
  switch (notice.kind) {
    case "both":
      return interpolate(
        gettext("Somebody else changed the same box of “%s”. Both are kept: theirs, and yours beside it."),
        [name(notice.class)],
      );
    case "revived":
      return interpolate(gettext("Somebody else deleted a box of “%s” that you changed. Yours is kept."), [
        name(notice.class),
      ]);
    case "theirs":
      return interpolate(gettext("Somebody else changed a box of “%s” that you deleted. Theirs is kept."), [
        name(notice.class),
      ]);
    case "double":
      return interpolate(
        gettext("Two boxes of “%s” lie on one another now: the suggestion was accepted where one was already."),
        [name(notice.class)],
      );
    case "answered":
      return interpolate(gettext("Somebody else answered a suggestion of “%s” before you."), [name(notice.class)]);
    case "refused":
      return interpolate(gettext("One change could not be saved: %s"), [notice.detail]);
  }
}
