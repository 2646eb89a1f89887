// The strip on the stage while boxes wait for a class: how many, who may name one, and the way to throw them away.
import { h, icon, replace } from "../../lib/dom";
import type { Editor } from "../editor";
import type { Classes } from "../sync/classes";
import { nothing, type Makers } from "./classPalette";

export function startClassless(
  stage: HTMLElement,
  editor: Editor,
  classes: Classes,
  makers: Makers,
  palette: () => void,
): void {
  const strip = h("div.editor-classless", { hidden: true, role: "status", "data-testid": "classless" });
  stage.append(strip);
  const button = (name: string, text: string, run: () => void, kind = ""): HTMLElement =>
    h("button", { class: `button small ${kind}`, type: "button", "data-testid": name, onclick: run }, text);
  let seen: unknown;

  const lookAgain = async (): Promise<void> => {
    const found = await classes.all().catch(() => editor.state.classes);
    if (found.length === 0) return;
    editor.setClasses(found);
    palette();
  };
  const show = (): void => {
    const { classless, classes: known } = editor.state;
    if (seen === classless) return;
    seen = classless;
    const count = classless.length;
    strip.hidden = count === 0;
    if (count === 0) return;
    const blocked = known.length === 0 && !makers.may;
    const said = interpolate(ngettext("%s box waits for a class.", "%s boxes wait for a class.", count), [count]);
    replace(
      strip,
      icon("tag"),
      h("span", {}, blocked ? `${said} ${nothing(editor.state, makers)}` : said),
      blocked
        ? button("classless-again", gettext("Look again"), () => void lookAgain())
        : button("classless-name", gettext("Choose the class"), palette, "primary"),
      button("classless-drop", gettext("Throw away"), () => editor.run({ changes: [], classless: [] })),
    );
  };
  // Whoever was asked may have made a class meanwhile.
  window.addEventListener("focus", () => {
    if (editor.state.classless.length > 0 && editor.state.classes.length === 0) void lookAgain();
  });
  editor.watch(show);
  show();
}
