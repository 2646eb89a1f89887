// Asks what is to be mended in boxes that go back.
import { h, icon } from "../lib/dom";

const LONGEST = 500;

/** Resolves to the words, or null where the person thinks better of it. */
export function askComment(title: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer: string | null = null;
    const words = h("textarea.input", { rows: 3, maxlength: LONGEST, required: true, id: "send-back-words" });
    const form = h(
      "form.dialog-body",
      { method: "dialog", class: "dialog-body stack" },
      h(
        "div.field",
        {},
        h("label", { for: "send-back-words" }, gettext("What is to be mended?")),
        words,
        h(
          "p.hint",
          {},
          gettext(
            "Each box gets this as a comment. Submitted images go back to their annotators; images in no job are no longer complete.",
          ),
        ),
      ),
      h(
        "div.row.end",
        {},
        h("button.button.quiet", { type: "button", "data-close": true }, gettext("Cancel")),
        h("button.button.primary", { "data-testid": "send-back-now" }, icon("undo-2"), gettext("Send back")),
      ),
    );
    const dialog = h(
      "dialog.dialog",
      { "aria-label": title, "data-testid": "send-back" },
      h(
        "div.dialog-head",
        {},
        h("h2", {}, title),
        h("button.icon-button", { type: "button", "data-close": true, "aria-label": gettext("Close") }, icon("x")),
      ),
      form,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (words.value.trim() === "") return;
      answer = words.value.trim();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    words.focus();
  });
}
