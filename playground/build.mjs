/**
 * Builds the page: `node build.mjs WHEELS OUT`, with the wheels of zcpolicy and attrs in WHEELS.
 * Everything that the page ever asks for is then in OUT, to be served by anything.
 */

import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [wheels = "", out = ""] = process.argv.slice(2);
if (!wheels || !out) throw new Error("usage: node build.mjs WHEELS OUT");

// wasm-unsafe-eval is what compiling WebAssembly is called; no script, style or address of others.
const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const PYODIDE = ["pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];
const EXAMPLES = ["cluster.xml", "db01.xml", "getcaps.json", "failed.log", "database.json"];
const modules = join(here, "node_modules");

await rm(out, { recursive: true, force: true });
for (const folder of ["pyodide", "wheels", "python", "examples"])
  await mkdir(join(out, folder), { recursive: true });

const found = (await readdir(wheels)).filter((name) => name.endsWith(".whl")).sort();
const version = found.map((name) => /^zcpolicy-([^-]+)-/.exec(name)?.[1]).find(Boolean);
if (version === undefined) throw new Error(`${wheels} has no wheel of zcpolicy`);
// Written anew: pip makes wheels that nobody else may read.
for (const name of found)
  await writeFile(join(out, "wheels", name), await readFile(join(wheels, name)));
for (const name of PYODIDE) await cp(join(modules, "pyodide", name), join(out, "pyodide", name));
const python = (await readdir(join(here, "python"))).filter((name) => name.endsWith(".py")).sort();
for (const name of python) await cp(join(here, "python", name), join(out, "python", name));
for (const name of EXAMPLES)
  await cp(join(here, "..", "docs", "examples", name), join(out, "examples", name));
await cp(join(here, "examples"), join(out, "examples"), { recursive: true });
for (const name of ["style.css", "icon.svg"]) await cp(join(here, "src", name), join(out, name));
await cp(join(modules, "uplot", "dist", "uPlot.min.css"), join(out, "uPlot.min.css"));
const html = await readFile(join(here, "src", "index.html"), "utf8");
await writeFile(join(out, "index.html"), html.replace("CSP", CSP).replace("VERSION", version));

/** @type {esbuild.BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: out,
  metafile: true,
  logLevel: "warning",
};
const page = await esbuild.build({
  ...common,
  splitting: true,
  entryPoints: { main: join(here, "src/main.ts") },
});
const worker = await esbuild.build({
  ...common,
  entryPoints: { "python.worker": join(here, "src/python.worker.ts") },
  external: ["node:*", "ws"],
  define: {
    WHEELS: JSON.stringify(found.map((name) => `wheels/${name}`)),
    MODULES: JSON.stringify(python.map((name) => `python/${name}`)),
  },
});

await writeFile(
  join(out, "licences.txt"),
  await licences([page, worker].flatMap((made) => Object.keys(made.metafile?.inputs ?? {}))),
);

// Last, since it keeps all the others.
const files = (await readdir(out, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(out, "/").length))
  .sort();
const digest = createHash("sha256");
for (const name of files) digest.update(name).update(await readFile(join(out, name)));
await esbuild.build({
  ...common,
  format: "iife",
  entryPoints: { sw: join(here, "src/sw.ts") },
  define: {
    FILES: JSON.stringify(["./", ...files]),
    VERSION: JSON.stringify(digest.digest("hex").slice(0, 16)),
  },
});

/**
 * The licences of everything that is in the page.
 * @param {string[]} inputs the files that were bundled
 */
async function licences(inputs) {
  const names = new Set(
    inputs
      .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
      .filter((name) => name !== undefined),
  );
  const parts = [
    `zcpolicy ${version}: MIT\n\n${await readFile(join(here, "..", "LICENSE"), "utf8")}`,
    "attrs: MIT (its text is in its wheel), https://www.attrs.org/",
  ];
  for (const name of [...names].sort()) {
    const folder = join(modules, name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    const body = text ? await readFile(join(folder, text), "utf8") : "";
    parts.push(`${name} ${about.version}: ${about.license}, ${about.homepage ?? ""}\n\n${body}`);
  }
  parts.push(
    "Python's standard library, in Pyodide: PSF-2.0, https://docs.python.org/3/license.html",
  );
  return `${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}
