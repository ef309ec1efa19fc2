// Builds the browser's side into the folder that is named: assets named by their content and compressed once, and a
// manifest that tells the server which of them each page begins with.

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const BASE = "/assets/";
const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};
const PAGES = { explorer: "src/explorer.tsx", trace: "src/page.tsx" };
const COMPRESSED = /\.(js|css|svg|ttf)$/;

const folder = process.argv[2];
const embedded = join(folder, "embedded");

const common = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: folder,
  target: ["chrome123", "firefox128", "safari17.5"],
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
};

/** GraphiQL's style sheet has fonts and pictures inside; as files they are fetched when used, and need no `data:`. */
const fontsAsFiles = {
  name: "fonts as files",
  setup(building) {
    building.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const files = new Map();
      const contents = text.replaceAll(/url\(data:(font|image)\/([a-z0-9]+)(?:\+xml)?;base64,([A-Za-z0-9+/=]+)\)/g, (...found) => {
        const [, , type, data] = found;
        const name = `${createHash("sha256").update(data).digest("hex").slice(0, 12)}.${type}`;
        files.set(name, Buffer.from(data, "base64"));
        return `url(${join(embedded, name)})`;
      });
      await Promise.all([...files].map(([name, data]) => writeFile(join(embedded, name), data)));
      return { contents, loader: "css" };
    });
    // The same sheet has all of Monaco's, which would come a second time with its modules.
    building.onLoad({ filter: /monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "css" }));
  },
};

const smallerEditor = {
  name: "smaller editor",
  setup(building) {
    const path = join(import.meta.dirname, "src", "editor.js");
    building.onResolve({ filter: /monaco-editor\/esm\/vs\/editor\/edcore\.main\.js$/ }, () => ({ path }));
  },
};

async function builtWorkers() {
  const { metafile } = await build({ ...common, entryPoints: WORKERS, entryNames: "[name].worker-[hash]", format: "iife" });
  return Object.fromEntries(
    Object.entries(metafile.outputs).map(([file, { entryPoint }]) => {
      const [name] = Object.entries(WORKERS).find(([, source]) => entryPoint.endsWith(source));
      return [name, BASE + basename(file)];
    }),
  );
}

async function builtPages(workers) {
  const { metafile } = await build({
    ...common,
    entryPoints: PAGES,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    format: "esm",
    splitting: true,
    jsx: "automatic",
    publicPath: BASE,
    loader: { ".graphql": "text", ".min.js": "file", ".svg": "file", ".ttf": "file", ".woff": "file", ".woff2": "file", ".png": "file" },
    define: { ...common.define, WORKERS: JSON.stringify(workers) },
    plugins: [fontsAsFiles, smallerEditor],
  });
  return metafile.outputs;
}

/** What a page begins with: its script, its styles, and the parts that it will ask for in any case. */
function page(outputs, source) {
  const [file, entry] = Object.entries(outputs).find(([, output]) => output.entryPoint === source);
  const parts = new Set();
  const follow = ({ imports }) => {
    for (const { path, kind } of imports) {
      const isWanted = kind === "import-statement" || (kind === "dynamic-import" && isPrompt(outputs[path]));
      if (!isWanted || parts.has(path) || path === file) continue;
      parts.add(path);
      follow(outputs[path]);
    }
  };
  follow(entry);
  return { script: basename(file), styles: entry.cssBundle ? [basename(entry.cssBundle)] : [], parts: [...parts].map((path) => basename(path)) };
}

/** Of what is imported on demand, the editor is wanted at once; a printer of code or a layout is not. */
function isPrompt({ entryPoint }) {
  return /workbench\.tsx$|monaco-graphql\/esm\/(monaco-editor|lite)\.js$/.test(entryPoint ?? "");
}

async function compressed(file) {
  const raw = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  const [br, gz] = await Promise.all([promisify(brotliCompress)(raw, quality), promisify(gzip)(raw, { level: 9 })]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}

await rm(folder, { recursive: true, force: true });
await mkdir(embedded, { recursive: true });
const workers = await builtWorkers();
const outputs = await builtPages(workers);
await rm(embedded, { recursive: true });
const assets = [...Object.values(workers).map((url) => basename(url)), ...Object.keys(outputs).map((file) => basename(file))].sort();
await Promise.all(assets.filter((name) => COMPRESSED.test(name)).map((name) => compressed(join(folder, name))));
const pages = Object.fromEntries(Object.entries(PAGES).map(([name, source]) => [name, page(outputs, source)]));
await writeFile(join(folder, "manifest.json"), JSON.stringify({ pages, assets }, null, 1));
