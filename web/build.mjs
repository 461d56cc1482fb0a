// Builds the pages into one folder: NAME.html, and assets/ under names that carry a hash of their content, each also
// compressed. Fails when a page weighs more than it may.
//
//   node build.mjs [OUT]      default: ../build/web
import { build } from "esbuild";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const out = path.resolve(process.argv[2] ?? path.join(here, "../build/web"));
const fresh = `${out}.new`;

// Gzipped bytes of everything that a page may ever load, in its heaviest language.
const pages = [
  { name: "index", files: ["index.html"], bytesMax: 30 * 1024 },
  { name: "vote", files: ["vote.html"], bytesMax: 50 * 1024 },
  { name: "sign_in", files: ["sign_in.html"], bytesMax: 25 * 1024 },
  { name: "administration", files: ["administration.html"], bytesMax: 80 * 1024 },
  { name: "results", files: ["results.html", "embed.html"], bytesMax: 50 * 1024 },
];

function gzipped(content) {
  return gzipSync(content, { level: 9 });
}

function write(name, content) {
  const file = path.join(fresh, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (content.length > 256) {
    writeFileSync(`${file}.gz`, gzipped(content));
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    );
  }
}

// One page, by itself: what it needs first comes in as few requests as can be.
async function compile(page) {
  const entry = `src/${page.name}/main.tsx`;
  const result = await build({
    absWorkingDir: here,
    entryPoints: { [page.name]: entry },
    outdir: path.join(fresh, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: `${page.name}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2020",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const outputs = result.metafile.outputs;
  const assets = new Map(result.outputFiles.map((file) => [path.relative(here, file.path), Buffer.from(file.contents)]));
  const script = Object.keys(outputs).find((file) => outputs[file].entryPoint === entry);
  const style = outputs[script].cssBundle;
  const first = new Set(); // loaded with the page
  const follow = (file) => {
    if (!first.has(file)) {
      first.add(file);
      outputs[file].imports.filter((to) => !to.external && to.kind !== "dynamic-import").forEach((to) => follow(to.path));
    }
  };
  follow(script);
  return { assets, outputs, script, style, first };
}

const url = (file) => `/assets/${path.basename(file)}`;

function htmlOf({ script, style, first }) {
  const preloads = [...first].filter((file) => file !== script).map((file) => `<link rel="modulepreload" href="${url(file)}">\n`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ostraka</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${url(style)}">
${preloads.join("")}<script type="module" src="${url(script)}"></script>
</head>
<body><noscript>Please turn on JavaScript for this page.</noscript></body>
</html>
`;
}

// Of the languages only one is ever loaded: the heaviest.
function weightOf(html, { assets, outputs }) {
  const weights = [...assets].map(([file, content]) => ({
    isLanguage: /\/texts\.[\w-]+\.ts$/.test(outputs[file].entryPoint ?? ""),
    bytes: gzipped(content).length,
  }));
  const always = weights.filter((weight) => !weight.isLanguage).reduce((sum, weight) => sum + weight.bytes, 0);
  const language = Math.max(0, ...weights.filter((weight) => weight.isLanguage).map((weight) => weight.bytes));
  return gzipped(html).length + always + language;
}

rmSync(fresh, { recursive: true, force: true });
let isTooHeavy = false;
for (const page of pages) {
  const compiled = await compile(page);
  for (const [file, content] of compiled.assets) {
    write(`assets/${path.basename(file)}`, content);
  }
  const html = Buffer.from(htmlOf(compiled));
  page.files.forEach((file) => write(file, html));
  const bytes = weightOf(html, compiled);
  isTooHeavy ||= bytes > page.bytesMax;
  (bytes > page.bytesMax ? console.error : console.log)(`${page.name}: ${bytes} bytes gzipped; ${page.bytesMax} are allowed`);
}
if (isTooHeavy) {
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(path.dirname(out), { recursive: true });
renameSync(fresh, out);
