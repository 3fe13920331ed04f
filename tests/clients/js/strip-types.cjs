// A webpack loader: TypeScript to JavaScript, with a source map.
const { transformSync } = require("esbuild");

module.exports = function stripTypes(source) {
  const { code, map } = transformSync(source, { loader: "ts", sourcemap: true, sourcefile: this.resourcePath });
  this.callback(null, code, JSON.parse(map));
};
