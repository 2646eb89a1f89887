// What the form chooses, as the API's parameters: what is empty is not said.

export function queryOf(entries: Iterable<[string, FormDataEntryValue]>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of entries) if (typeof value === "string" && value !== "") query.append(key, value);
  if (query.get("predictions") !== "1") {
    query.delete("predictions");
    query.delete("min_probability");
  }
  if (query.get("images") === "0") query.delete("images");
  return query;
}

/** The same as a body of JSON: classes are a list. */
export function bodyOf(query: URLSearchParams): Record<string, unknown> {
  const body: Record<string, unknown> = Object.fromEntries(query);
  if (query.has("class")) body.class = query.getAll("class").map(Number);
  return body;
}

export function commandOf(site: string, path: string, query: URLSearchParams, suffix: string): string {
  const zip = query.get("images") === "1" ? "zip" : suffix;
  return `curl -o labels.${zip} -H "Authorization: Token KEY" "${site}${path}?${query.toString()}"`;
}
