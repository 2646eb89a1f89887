// Addresses of this site, which may lie under a path of somebody else's (LABELHUB_URL_PREFIX).

/** `/images/7/` as the browser must ask for it; what has the path before it already stays. */
export function at(path: string, root: string = siteRoot()): string {
  return path.startsWith("/") && !path.startsWith(root) ? root.slice(0, -1) + path : path;
}

// Tests run without a page, or with a part of one.
interface Page {
  readonly documentElement?: { readonly dataset?: { readonly root?: string } };
}

function siteRoot(): string {
  const page = globalThis.document as Page | undefined;
  return page?.documentElement?.dataset?.root ?? "/";
}
