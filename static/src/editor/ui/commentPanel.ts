// The comments in the panel: of the selected box, or the open ones of the image.
import { ApiError } from "../../lib/api";
import { h, icon, need, setText } from "../../lib/dom";
import { toast } from "../../lib/toast";
import { ask } from "../../parts/dialogs";
import { pieces } from "../../parts/mentions";
import { startMentions } from "../../parts/mentionList";
import { counted, listed, namesakes, type Comment, type Comments } from "../sync/comments";
import type { Editor } from "../editor";

export function startComments(
  root: HTMLElement,
  editor: Editor,
  comments: Comments,
  me: string,
  project: number,
): () => void {
  const part = need("[data-role=comments]", root);
  const list = need("[data-role=comment-list]", part);
  const form = need<HTMLFormElement>("[data-role=comment-form]", part);
  const text = need<HTMLTextAreaElement>("textarea", form);
  const when = new Intl.DateTimeFormat(document.documentElement.lang || undefined, {
    dateStyle: "short",
    timeStyle: "short",
  });
  let seen: unknown[] = [];
  /**
   * The comment whose words are being changed, and as they are so far: what others say meanwhile draws the list anew.
   */
  let draft: { readonly id: number; text: string } | null = null;

  const boxOf = (): string | null =>
    editor.state.selection?.kind === "box" && editor.state.also.length === 0 ? editor.state.selection.id : null;
  const attempt = async (work: Promise<void>): Promise<boolean> => {
    try {
      await work;
      return true;
    } catch (error) {
      toast(
        error instanceof ApiError ? error.detail : gettext("The comment could not be saved. Are you online?"),
        "error",
      );
      return false;
    }
  };

  const rewrite = (one: Comment | null): void => {
    draft = one && { id: one.id, text: one.text };
    show();
  };

  const remove = async (one: Comment): Promise<void> => {
    if (await ask(gettext("The comment will be deleted for everybody."), gettext("Delete")))
      await attempt(comments.remove(one.id));
  };

  const words = (one: Comment): HTMLElement => {
    if (draft?.id !== one.id)
      return h(
        "p.comment-text",
        {},
        ...pieces(one.text, one.mentions).map((part) => (part.called ? h("mark.mention", {}, part.text) : part.text)),
      );
    const now = draft;
    const field = h("textarea.input", {
      rows: 2,
      maxlength: 2000,
      "data-testid": "comment-change",
      "aria-label": gettext("Change the comment"),
      oninput: () => (now.text = field.value),
    });
    field.value = now.text;
    const save = async (): Promise<void> => {
      const said = field.value.trim();
      if (said !== "" && (await attempt(comments.change(one.id, { text: said })))) rewrite(null);
    };
    const changing = h(
      "form.comment-form",
      { onsubmit: (event: Event) => (event.preventDefault(), void save()) },
      field,
      h(
        "span.row",
        {},
        h("button.button.small.quiet", { type: "button", onclick: () => rewrite(null) }, gettext("Cancel")),
        h("button.button.small", { type: "submit" }, gettext("Save")),
      ),
    );
    startMentions(field, project);
    listenKeys(field, changing, () => rewrite(null));
    queueMicrotask(() => field.focus());
    return changing;
  };

  const row = (one: Comment, alike: ReadonlySet<string>): HTMLElement => {
    const label = one.resolved ? gettext("Open again") : gettext("Resolve");
    const gone = one.box !== null && !editor.state.doc.boxes.some((box) => box.id === one.box);
    const choose = (): void => editor.select({ kind: "box", id: one.box ?? "" }, { reveal: "answer" });
    const mine = one.author === me && editor.state.can.label;
    const about = boxOf() === null && one.box !== null && !gone;
    return h(
      one.resolved ? "li.comment.resolved" : "li.comment",
      { "data-testid": "comment" },
      h(
        "p.comment-head",
        {},
        h(
          "span.name",
          { title: one.author },
          one.author_name ?? gettext("somebody who left"),
          one.author !== null && alike.has(one.author) && h("span.address", {}, one.author),
        ),
        h("time", { datetime: one.created_at }, when.format(new Date(one.created_at))),
        one.changed_at && changedMark(when.format(new Date(one.changed_at))),
      ),
      words(one),
      draft?.id !== one.id &&
        h(
          "p.comment-foot",
          {},
          about && h("button.link", { type: "button", onclick: choose }, gettext("Show the box")),
          gone && h("span", {}, gettext("its box was deleted")),
          one.resolved &&
            h("span", { title: one.resolved_by }, interpolate(gettext("resolved by %s"), [resolver(one, alike)])),
          editor.state.can.label &&
            h(
              "button.link",
              {
                type: "button",
                "data-testid": "resolve",
                onclick: () => void attempt(comments.change(one.id, { resolved: !one.resolved })),
              },
              icon(one.resolved ? "rotate-ccw" : "check"),
              label,
            ),
          mine &&
            h(
              "button.link",
              { type: "button", "data-testid": "comment-edit", onclick: () => rewrite(one) },
              icon("pencil"),
              gettext("Change"),
            ),
          (mine || editor.state.can.review) &&
            h(
              "button.link",
              { type: "button", "data-testid": "comment-delete", onclick: () => void remove(one) },
              icon("trash-2"),
              gettext("Delete"),
            ),
        ),
    );
  };

  const show = (): void => {
    const box = boxOf();
    const now = [comments.all, box, editor.state.doc.boxes, draft];
    if (now.every((value, index) => value === seen[index])) return;
    seen = now;
    const rows = listed(comments.all, box);
    const open =
      [...counted(comments.all).values()].reduce((sum, count) => sum + count, 0) +
      comments.all.filter((one) => one.box === null && !one.resolved).length;
    const alike = namesakes(comments.all);
    list.replaceChildren(...rows.map((one) => row(one, alike)));
    setText(
      need("[data-role=comment-count]", part),
      String(box === null ? open : rows.filter((one) => !one.resolved).length),
    );
    form.hidden = box === null || !editor.state.can.label;
    part.hidden = form.hidden && rows.length === 0;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said === "") return;
    void attempt(comments.add(boxOf(), said)).then((saved) => {
      if (saved) text.value = "";
    });
  });
  startMentions(text, project);
  listenKeys(text, form, () => text.blur());
  editor.watch(show);
  comments.watch(show);
  show();
  return () => {
    if (form.hidden) return toast(gettext("Select a box to comment on it."));
    root.classList.add("panel-open");
    text.focus();
  };
}

function resolver(one: Comment, alike: ReadonlySet<string>): string {
  const name = one.resolved_by_name ?? "?";
  return one.resolved_by !== null && alike.has(one.resolved_by) ? `${name} (${one.resolved_by})` : name;
}

function changedMark(at: string): HTMLElement {
  const words = interpolate(gettext("changed %s"), [at]);
  return h("span", { role: "img", title: words, "aria-label": words }, icon("pencil"));
}

/** Enter sends, with Shift it is a new line; Esc leaves. */
function listenKeys(text: HTMLTextAreaElement, form: HTMLFormElement, leave: () => void): void {
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") leave();
  });
}
