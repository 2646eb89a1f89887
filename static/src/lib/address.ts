// Addresses of this site, which may lie under a path of somebody else's (LABELHUB_URL_PREFIX).

/** `/images/7/` as the browser must ask for it; what has the path before it already stays. */
export function at(path: string, root: string = siteRoot()): string {
  return path.startsWith("/") && !path.startsWith(root) ? root.slice(0, -1) + path : path;
}

function siteRoot(): string {
  return typeof document === "undefined" ? "/" : (document.documentElement?.dataset?.["root"] ?? "/");
}
