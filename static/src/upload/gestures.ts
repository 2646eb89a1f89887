// The ways files come onto the page: chosen, a folder of them, pasted, dropped anywhere.
import { need } from "../lib/dom";
import { filesOf } from "./dropped";
import { pasted } from "./sources";

export function startGestures(dialog: HTMLDialogElement, take: (files: readonly File[]) => void): void {
  for (const id of ["#upload-files", "#upload-folder"]) {
    const input = need<HTMLInputElement>(id);
    input.addEventListener("change", () => {
      take([...(input.files ?? [])]);
      input.value = "";
    });
  }
  need("#upload-folder-open").addEventListener("click", () => need<HTMLInputElement>("#upload-folder").click());
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files.map((file) => pasted(file, new Date())));
  });
  startDrop(dialog, take);
}

function startDrop(dialog: HTMLDialogElement, take: (files: readonly File[]) => void): void {
  const drop = need("#drop");
  const veil = need("#drop-veil");
  let depth = 0;
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const show = (over: boolean): void => {
    veil.hidden = !over || dialog.open;
    drop.classList.toggle("over", over && dialog.open);
  };
  document.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) show(false);
  });
  document.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    if (event.dataTransfer) void filesOf(event.dataTransfer).then(take);
  });
}
