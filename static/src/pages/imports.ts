// Files of labels, chosen or dropped: sent with progress, then their import's own page.
import { need, pageData, setText } from "../lib/dom";
import { filesOf } from "../upload/dropped";
import { sendLabels } from "../upload/labelImport";

const form = document.querySelector<HTMLFormElement>("#import");

async function take(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  need("#import-progress").hidden = false;
  const line = need("#import-line");
  setText(line, gettext("Sending…"));
  const dataset = document.querySelector<HTMLSelectElement>("#import-dataset")?.value ?? "";
  const show = (share: number): void => {
    need<HTMLProgressElement>("#import-bar").value = 100 * share;
  };
  try {
    location.assign(await sendLabels(pageData<{ project: number }>().project, dataset, files, show));
  } catch (error) {
    setText(line, error instanceof Error ? error.message : String(error));
  }
}

if (form) {
  const drop = need("#import-drop");
  need("#import-folder-open").hidden = false;
  need("#import-folder-open").addEventListener("click", () => need("#import-folder").click());
  for (const id of ["#import-files", "#import-folder"]) {
    const input = need<HTMLInputElement>(id);
    input.addEventListener("change", () => void take([...(input.files ?? [])]));
  }
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  document.addEventListener("drop", (event) => {
    if (event.dataTransfer) void filesOf(event.dataTransfer).then(take);
  });
}
