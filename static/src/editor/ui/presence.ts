// Who else has the shown image open.
import { h, need } from "../../lib/dom";
import { initials, type Person } from "../../lib/people";

const SHOWN = 3;

/** Everybody but oneself. */
export function others(present: readonly Person[], me: number): readonly Person[] {
  return present.filter((person) => person.id !== me);
}

/** Shows who is there; an empty list where nobody else is. */
export function startPresence(root: HTMLElement, me: number): (present: readonly Person[]) => void {
  const place = need("[data-role=present]", root);
  return (present) => {
    const there = others(present, me);
    const names = there.map((person) => person.name).join(", ");
    const words = interpolate(gettext("Also in this image: %s"), [names]);
    const badges = there
      .slice(0, SHOWN)
      .map((person) => h("span.avatar", { "aria-hidden": "true" }, initials(person.name)));
    if (there.length > SHOWN) badges.push(h("span.avatar", { "aria-hidden": "true" }, `+${there.length - SHOWN}`));
    place.replaceChildren(...badges, h("span.visually-hidden", {}, there.length > 0 ? words : ""));
    place.title = there.length > 0 ? words : "";
    place.classList.toggle("nobody", there.length === 0);
  };
}
