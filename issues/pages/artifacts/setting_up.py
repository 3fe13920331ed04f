"""How the tools that people build with are told to upload source maps and debug files. Pure.

Source: docs/source-maps.md, "Set-up".
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.tokens.text import ORGANIZATION


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: `title` says what, `code` is for the place that `where` names. `note` says what is easily missed."""

    title: str
    where: str
    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A build tool or client. `steps` are texts with marks for the project's values, which `filled` replaces."""

    key: str
    name: str
    steps: tuple[Step, ...]


_NO_MAPS_IN_PUBLIC = (
    "Maps that are “hidden” are written and not named by the scripts. Delete the .map files before you publish the "
    'build, or tell the plugin to: sourcemaps: { filesToDeleteAfterUpload: ["./dist/**/*.map"] }.'
)


def _plugin(option: str = "url") -> str:
    return f"""{{
      authToken: process.env.SENTRY_AUTH_TOKEN,
      {option}: "@URL@",
      org: "{ORGANIZATION}",
      project: "@PROJECT@",
      telemetry: false,
    }}"""


def _bundler(
    key: str, name: str, package: str, where: str, code: str, note: str = _NO_MAPS_IN_PUBLIC
) -> Tool:
    return Tool(
        key,
        name,
        (
            Step("Install the plugin", "shell", f"npm install --save-dev {package}"),
            Step("Write source maps and upload them", where, code, note),
        ),
    )


TOOLS = (
    _bundler(
        "vite",
        "Vite",
        "@sentry/vite-plugin",
        "vite.config.js",
        f"""import {{ sentryVitePlugin }} from "@sentry/vite-plugin";

export default {{
  build: {{ sourcemap: "hidden" }},
  // after all other plugins
  plugins: [
    sentryVitePlugin({_plugin()}),
  ],
}};
""",
    ),
    _bundler(
        "webpack",
        "webpack",
        "@sentry/webpack-plugin",
        "webpack.config.js",
        f"""const {{ sentryWebpackPlugin }} = require("@sentry/webpack-plugin");

module.exports = {{
  devtool: "hidden-source-map",
  plugins: [
    sentryWebpackPlugin({_plugin()}),
  ],
}};
""",
    ),
    _bundler(
        "rollup",
        "Rollup",
        "@sentry/rollup-plugin",
        "rollup.config.js",
        f"""import {{ sentryRollupPlugin }} from "@sentry/rollup-plugin";

export default {{
  output: {{ dir: "dist", sourcemap: "hidden" }},
  plugins: [
    sentryRollupPlugin({_plugin()}),
  ],
}};
""",
    ),
    _bundler(
        "esbuild",
        "esbuild",
        "@sentry/esbuild-plugin",
        "build.js",
        f"""const {{ sentryEsbuildPlugin }} = require("@sentry/esbuild-plugin");

require("esbuild").build({{
  entryPoints: ["src/index.js"],
  outdir: "dist",
  bundle: true,
  sourcemap: "external",
  // after all other plugins
  plugins: [
    sentryEsbuildPlugin({_plugin()}),
  ],
}});
""",
    ),
    Tool(
        "nextjs",
        "Next.js",
        (
            Step("Install the SDK", "shell", "npm install @sentry/nextjs"),
            Step(
                "Upload with each build",
                "next.config.mjs",
                f"""import {{ withSentryConfig }} from "@sentry/nextjs";

const nextConfig = {{}};

export default withSentryConfig(nextConfig, {_plugin("sentryUrl")});
""",
                "The address is called sentryUrl here. The SDK writes the maps and deletes those of the browser after the upload.",
            ),
        ),
    ),
    Tool(
        "sentry-cli",
        "sentry-cli",
        (
            Step(
                "Say where to upload",
                "shell",
                f"""export SENTRY_URL=@URL@
export SENTRY_ORG={ORGANIZATION}
export SENTRY_PROJECT=@PROJECT@
""",
                "With a token for upload clients the first two can be left out: it says them.",
            ),
            Step(
                "Upload after each build",
                "shell",
                """npx @sentry/cli sourcemaps inject ./dist
npx @sentry/cli sourcemaps upload --release my-app@1.0.0 ./dist
""",
                "Publish the files as they are after inject: it writes into each script the debug id that finds its map.",
            ),
        ),
    ),
    Tool(
        "react-native",
        "React Native",
        (
            Step("Install the SDK", "shell", "npm install @sentry/react-native"),
            Step(
                "Say where to upload",
                "android/sentry.properties and ios/sentry.properties",
                f"""defaults.url=@URL@
defaults.org={ORGANIZATION}
defaults.project=@PROJECT@
""",
                "The builds of Xcode and Gradle upload Hermes source maps and debug files when they call the scripts of the "
                "SDK, as its installation sets them up.",
            ),
        ),
    ),
    Tool(
        "flutter",
        "Flutter",
        (
            Step("Install the plugin", "shell", "dart pub add --dev sentry_dart_plugin"),
            Step(
                "Say what to upload and where to",
                "pubspec.yaml",
                f"""sentry:
  upload_debug_symbols: true
  upload_source_maps: true
  url: @URL@
  org: {ORGANIZATION}
  project: @PROJECT@
""",
            ),
            Step(
                "Upload after each build",
                "shell",
                """flutter build apk --obfuscate --split-debug-info=build/symbols --extra-gen-snapshot-options=--save-obfuscation-map=build/app.map.json
dart run sentry_dart_plugin
""",
            ),
        ),
    ),
    Tool(
        "android",
        "Android, ProGuard and R8",
        (
            Step(
                "Upload with each release build",
                "app/build.gradle.kts",
                f"""plugins {{
    id("io.sentry.android.gradle") version "5.12.0"
}}

sentry {{
    url.set("@URL@")
    org.set("{ORGANIZATION}")
    projectName.set("@PROJECT@")
    authToken.set(System.getenv("SENTRY_AUTH_TOKEN"))
    includeProguardMapping.set(true)
    autoUploadProguardMapping.set(true)
    telemetry.set(false)
}}
""",
                "Without Gradle: sentry-cli upload-proguard --uuid <the UUID of the build> mapping.txt.",
            ),
        ),
    ),
    Tool(
        "native",
        "Native",
        (
            Step(
                "Say where to upload",
                "shell",
                f"""export SENTRY_URL=@URL@
export SENTRY_ORG={ORGANIZATION}
export SENTRY_PROJECT=@PROJECT@
""",
            ),
            Step(
                "Upload after each build",
                "shell",
                "sentry-cli debug-files upload --include-sources ./build",
                "Finds dSYM, ELF, PDB, PE, WebAssembly and Breakpad files. Upload before you strip the binaries, or keep their debug files.",
            ),
        ),
    ),
)


def tool_of(key: str) -> Tool:
    """The tool with this key; for any other text the first one."""
    return next((tool for tool in TOOLS if tool.key == key), TOOLS[0])


def filled(tool: Tool, *, url: str, project: str) -> list[Step]:
    """The steps of `tool` with the address of this installation and the slug of the project."""
    return [
        Step(step.title, step.where, step.code.replace("@URL@", url).replace("@PROJECT@", project), step.note)
        for step in tool.steps
    ]
