// Dialogs that templates declare, and the one that asks before something is lost.
import { h } from "../lib/dom";

/** data-open="#id" opens a dialog; data-close and a press beside it close it. */
export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-open]");
    if (opener) {
      event.preventDefault();
      document.querySelector<HTMLDialogElement>(opener.dataset.open ?? "")?.showModal();
      return;
    }
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement && target.open && !target.hasAttribute("data-stay")) target.close();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || form.dataset.sure) return;
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    void ask(question, nameOf(button) || gettext("Yes")).then((yes) => {
      if (!yes) return;
      form.dataset.sure = "1";
      form.requestSubmit(button);
      delete form.dataset.sure;
    });
  });
}

/** What a button says, in letters or to a screen reader. */
function nameOf(button: HTMLButtonElement | null): string {
  return button?.textContent.trim() || (button?.getAttribute("aria-label") ?? "");
}

/** Asks in a dialog; resolves to what the person says. */
export function ask(question: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    const confirm = h("button.button.danger", { type: "button", value: "yes" }, yes);
    const dialog = h(
      "dialog.dialog",
      { "aria-label": question },
      h(
        "div.dialog-body",
        {},
        h("p", {}),
        h("p", {}, question),
        h(
          "div.row.end",
          {},
          h("button.button.quiet", { type: "button", "data-close": true }, gettext("Cancel")),
          confirm,
        ),
      ),
    );
    let answer = false;
    confirm.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
