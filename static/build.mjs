// Builds static/dist/: one script per page, the style sheets, and a sprite of the icons that templates and sources
// name.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync, watch } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const STATIC = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(STATIC);
const SRC = join(STATIC, "src");
const DIST = join(STATIC, "dist");
const ICONS = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");
const watching = process.argv.includes("--watch");

async function filesUnder(folder, suffixes) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && suffixes.some((suffix) => entry.name.endsWith(suffix)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * A page NAME is pages/NAME.ts, and css/NAME.css where it has one; app.css is everybody's, css/admin.css the console's.
 */
async function entryPoints() {
  const pages = (await filesUnder(join(SRC, "pages"), [".ts"])).filter((file) => !file.endsWith(".d.ts"));
  const names = pages.map((file) => relative(join(SRC, "pages"), file).slice(0, -3));
  const sheets = names.map((name) => join(SRC, "css", `${name}.css`)).filter(existsSync);
  const common = [join(SRC, "app.css"), join(SRC, "css", "admin.css")].filter(existsSync);
  return { scripts: pages, sheets: [...common, ...sheets] };
}

const shared = {
  bundle: true,
  minify: !watching,
  sourcemap: watching ? "inline" : false,
  target: ["es2022"],
  legalComments: "none",
  outdir: DIST,
  logLevel: "warning",
  metafile: true,
};

async function bundle() {
  const { scripts, sheets } = await entryPoints();
  const results = [];
  if (scripts.length > 0)
    results.push(
      await esbuild.build({
        ...shared,
        entryPoints: scripts,
        outbase: join(SRC, "pages"),
        format: "iife",
        charset: "utf8",
      }),
    );
  if (sheets.length > 0)
    results.push(
      await esbuild.build({
        ...shared,
        entryPoints: sheets.map((file) => ({
          in: file,
          out: relative(SRC, file)
            .replace(/^css[\\/]/, "")
            .slice(0, -4),
        })),
        external: ["/static/*"],
        loader: { ".woff2": "file", ".svg": "file" },
      }),
    );
  return results.flatMap((result) => Object.keys(result.metafile.outputs));
}

// {% icon "name" %} in templates, icon("name") in TypeScript, "icons: name, name" in a comment where the name is
// computed.
const NAMED = [/\{%\s*icon\s+["']([a-z0-9-]+)["']/g, /\bicon\(\s*["']([a-z0-9-]+)["']/g];
const LISTED = /\bicons:((?:\s*[a-z0-9-]+,?)+)/g;

async function iconNames() {
  const names = new Map();
  const sources = [...(await filesUnder(join(ROOT, "templates"), [".html"])), ...(await filesUnder(SRC, [".ts"]))];
  for (const file of sources) {
    const text = await readFile(file, "utf8");
    for (const pattern of NAMED) for (const [, name] of text.matchAll(pattern)) names.set(name, file);
    for (const [, list] of text.matchAll(LISTED))
      for (const name of list.split(/[\s,]+/).filter(Boolean)) names.set(name, file);
  }
  return names;
}

async function sprite() {
  const symbols = [];
  for (const [name, file] of [...(await iconNames())].sort()) {
    const path = join(ICONS, `${name}.svg`);
    if (!existsSync(path)) throw new Error(`${relative(ROOT, file)}: lucide has no icon "${name}"`);
    const body = (await readFile(path, "utf8")).replace(/<!--.*?-->/gs, "").match(/<svg[^>]*>(.*)<\/svg>/s)[1];
    symbols.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
        `stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` +
        `${body.replace(/\s*\n\s*/g, "")}</symbol>`,
    );
  }
  const file = join(DIST, "icons.svg");
  await writeFile(file, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
  return relative(process.cwd(), file);
}

/** What an earlier build left goes last, so that a page that is open meanwhile finds its files. */
async function removeOthers(outputs) {
  const wanted = new Set(outputs.map((file) => resolve(file)));
  for (const file of await filesUnder(DIST, [".js", ".css", ".svg", ".map"])) if (!wanted.has(file)) await rm(file);
}

async function build() {
  await mkdir(DIST, { recursive: true });
  const outputs = [...(await bundle()), await sprite()];
  await removeOthers(outputs);
  for (const file of outputs) {
    const bytes = await readFile(file);
    console.log(
      `${file}  ${(bytes.length / 1024).toFixed(1)} kB, ${(gzipSync(bytes).length / 1024).toFixed(1)} kB gzipped`,
    );
  }
}

try {
  await build();
} catch (error) {
  console.error(error.message);
  if (!watching) process.exit(1);
}

if (watching) {
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 80);
  };
  for (const folder of [SRC, join(ROOT, "templates")])
    if (existsSync(folder)) watch(folder, { recursive: true }, again);
}
