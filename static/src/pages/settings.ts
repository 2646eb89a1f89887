// Settings: a row shows its Save button once something in it changed.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-autosave]")) {
  form.addEventListener("input", () => form.classList.add("changed"));
}

// Many classes: a row that has not what is looked for steps aside.
for (const search of document.querySelectorAll<HTMLInputElement>("input[data-narrows]")) {
  const rows = document.querySelectorAll<HTMLElement>(`${search.dataset.narrows} > li`);
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const row of rows) {
      const name = row.querySelector<HTMLInputElement>("input[name=name]")?.value ?? row.textContent;
      row.hidden = !name.toLowerCase().includes(wanted);
    }
  });
}
