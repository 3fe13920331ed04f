// node build.mjs TOOL OUT: builds the shop with one bundler and its Sentry plugin, as a team's configuration would.
// PLUGIN_OPTIONS is the JSON of the plugin's options; without it the plugin is left out.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));
const [tool, out] = process.argv.slice(2);
const root = path.join(here, "shop");
const entry = path.join(root, "main.ts");
const options = process.env.PLUGIN_OPTIONS && JSON.parse(process.env.PLUGIN_OPTIONS);
const plugins = (make) => (options ? [make(options)].flat() : []);

const builds = {
  async vite() {
    const { build } = await import("vite");
    const { sentryVitePlugin } = await import("@sentry/vite-plugin");
    await build({
      root,
      configFile: false,
      build: { outDir: out, sourcemap: true, emptyOutDir: true },
      plugins: plugins(sentryVitePlugin),
    });
  },

  async webpack() {
    const webpack = require("webpack");
    const { sentryWebpackPlugin } = require("@sentry/webpack-plugin");
    const compiler = webpack({
      mode: "production",
      context: root,
      entry,
      devtool: "source-map",
      output: { path: out, filename: "[name].js" },
      resolve: { extensions: [".ts", ".js"] },
      module: { rules: [{ test: /\.ts$/, use: path.join(here, "strip-types.cjs") }] },
      plugins: plugins(sentryWebpackPlugin),
    });
    const stats = await new Promise((done, failed) => {
      compiler.run((error, found) => (error ? failed(error) : compiler.close(() => done(found))));
    });
    console.log(stats.toString({ colors: false }));
    if (stats.hasErrors()) process.exit(1);
  },

  rollup: () => rollup(async () => (await import("@sentry/rollup-plugin")).sentryRollupPlugin),
  "rollup-11": () => rollup(async () => (await import("sentry-bundler-plugins-11-12/rollup")).sentryRollupPlugin),
  esbuild: () => esbuild(async () => (await import("@sentry/esbuild-plugin")).sentryEsbuildPlugin),
  "esbuild-11": () => esbuild(async () => (await import("sentry-bundler-plugins-11-12/esbuild")).sentryEsbuildPlugin),
};

async function rollup(plugin) {
  const { rollup } = await import("rollup");
  const bundle = await rollup({ input: entry, plugins: [typescript(), ...plugins(await plugin())] });
  await bundle.write({ dir: out, format: "es", sourcemap: true });
  await bundle.close();
}

async function esbuild(plugin) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    absWorkingDir: root,
    outdir: out,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    plugins: plugins(await plugin()),
  });
}

// What plugins for node_modules, TypeScript and minifying do together.
function typescript() {
  return {
    name: "typescript",
    async resolveId(name, importer) {
      if (name.startsWith(".") && importer && !path.extname(name)) {
        return this.resolve(`${name}.ts`, importer, { skipSelf: true });
      }
      if (/^[@\w]/.test(name) && importer && !path.isAbsolute(name)) {
        return fileURLToPath(import.meta.resolve(name, importer));
      }
      return null;
    },
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      const { transform } = await import("esbuild");
      return transform(code, { loader: "ts", sourcemap: true, sourcefile: id });
    },
    async renderChunk(code) {
      const { transform } = await import("esbuild");
      return transform(code, { minify: true, sourcemap: true, format: "esm" });
    },
  };
}

await builds[tool]();
