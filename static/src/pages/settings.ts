// Settings: a row shows its Save button once something in it changed.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-autosave]")) {
  form.addEventListener("input", () => form.classList.add("changed"));
}
