// The export form also says how a script asks for the same file.
import { need } from "../lib/dom";

const form = need<HTMLFormElement>("#export");
const command = need("#export-command");

function show(): void {
  const query = new URLSearchParams();
  for (const [key, value] of new FormData(form)) if (typeof value === "string" && value !== "") query.set(key, value);
  const zip = query.get("format") === "yolo" || query.get("images") === "1";
  const url = `${command.dataset.site ?? ""}${new URL(form.action).pathname}?${query.toString()}`;
  command.textContent = `curl -o labels.${zip ? "zip" : "json"} -H "Authorization: Token KEY" "${url}"`;
}

form.addEventListener("change", show);
show();
