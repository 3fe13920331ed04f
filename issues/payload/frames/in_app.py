"""Which frames of a stack trace are the application's own, and not those of a library, the system or the SDK. Pure.

SDKs mark frames with `in_app` (docs/protocol.md, "Event payload", stacktrace). Many mark only the application's frames,
some mark none; this module says what a frame without a mark is. The digest and the page use the same rule.
"""

from __future__ import annotations

import re
from typing import Any

# Of a name or a path, in characters: what decides stands at the beginning of a name and within a path.
_LONGEST = 1_000


def in_app(frame: dict[str, Any], platform: str, *, flagged: bool) -> bool:
    """Whether a frame is the application's own. `flagged` says that a frame of the event is marked as in-app.

    A mark decides, except that a frame of the SDK itself is never the application's. Without a mark, a frame is
    in-app if no frame of the event is marked so, and the platform has no such name or path of its own.
    """
    said = frame.get("in_app")
    if said is True:
        return not is_sdk(frame, platform)
    return said is not False and not flagged and not is_library(frame, platform)


def in_app_by_names(frame: dict[str, Any], platform: str) -> bool:
    """Whether a frame that has its original names now is the application's own. An SDK that marked it could not know them, except
    where it says that the frame is not."""
    return frame.get("in_app") is not False and not is_library(frame, platform)


def is_sdk(frame: dict[str, Any], platform: str) -> bool:
    """Whether a frame belongs to an SDK that reports errors."""
    return _is_sdk(*_texts(frame), family(frame, platform))


def _is_sdk(name: str, path: str, image: str, family: str) -> bool:
    if _SDK_NAME.match(name):
        return True
    if ("sentry" in path or "raven" in path) and _SDK_PATH.search(path):
        return True
    if image and _SDK_IMAGE.fullmatch(_last(image)):
        return True
    words = _SDK_NAMES.get(family)
    return words is not None and words.match(name) is not None


def leads_to_sdk(frame: dict[str, Any], platform: str) -> bool:
    """Whether a frame belongs to the SDK or to a logger that calls it, or is the call that reads the stack."""
    return _leads_to_sdk(*_texts(frame), family(frame, platform))


def _leads_to_sdk(name: str, path: str, image: str, family: str) -> bool:
    if _is_sdk(name, path, image, family):
        return True
    if (names := _LOGGERS.get(family)) is not None and names.match(name):
        return True
    return "log" in path and _LOGGER_PATH.search(path) is not None


def is_library(frame: dict[str, Any], platform: str) -> bool:
    """Whether a frame belongs to the platform, to a library or to the SDK, by its module, function, path or image."""
    name, path, image = _texts(frame)
    kind = family(frame, platform)
    if path and (_START.match(path) or _is_installed(path)):
        return True
    if (names := _NAMES.get(kind)) is not None and (names.match(name) or (image and names.match(image))):
        return True
    if (paths := _PATHS.get(kind)) is not None and path and paths.search(path):
        return True
    if image and (_IMAGE_START.match(image) or "/System/Library/" in image or _IMAGE.fullmatch(_last(image))):
        return True
    return _leads_to_sdk(name, path, image, kind)


def _texts(frame: dict[str, Any]) -> tuple[str, str, str]:
    """The name, which begins with the module if there is one, the path with slashes, and the image of a frame."""
    module, name = frame.get("module"), frame.get("function")
    name = name[:_LONGEST] if isinstance(name, str) else ""
    if isinstance(module, str) and module:
        name = f"{module[:_LONGEST]}.{name}"
    path = frame.get("abs_path")
    if not isinstance(path, str) or not path:
        path = frame.get("filename")
    return name, _slashed(path), _slashed(frame.get("package"))


def _slashed(path: Any) -> str:
    return path[:_LONGEST].replace("\\", "/") if isinstance(path, str) else ""


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _is_installed(path: str) -> bool:
    path = f"/{path}"
    if any(part in path for part in _INSTALLED):
        return True
    return ("/gems/" in path or "ython" in path) and _VERSIONED.search(path) is not None


def family(frame: dict[str, Any], platform: str) -> str:
    """Which of the groups of platforms with the same names and paths the frame is of; empty where that is not known."""
    own = frame.get("platform")
    return _FAMILIES.get(own if isinstance(own, str) and own else platform, "")


_FAMILIES = {
    "java": "java", "kotlin": "java", "scala": "java", "groovy": "java", "clojure": "java", "android": "java",
    "csharp": "dotnet", "dotnet": "dotnet", "fsharp": "dotnet", "vb": "dotnet",
    "native": "native", "rust": "native", "c": "native", "cpp": "native",
    "cocoa": "apple", "objc": "apple", "swift": "apple", "apple": "apple",
    "go": "go", "python": "python", "node": "node", "javascript": "javascript", "php": "php", "ruby": "ruby",
    "elixir": "elixir", "erlang": "elixir", "dart": "dart", "flutter": "dart", "perl": "perl",
}  # fmt: skip


def _dotted(names: str) -> str:
    """An expression for the first parts of a dotted name: `java` is not the start of `javaapp.Cart`."""
    return rf"(?:{'|'.join(re.escape(name) for name in names.split())})(?:[.$]|$)"


_JAVA_LOGGERS = _dotted(
    "ch.qos.logback org.slf4j org.apache.logging org.apache.log4j org.apache.commons.logging org.jboss.logging "
    "org.jboss.logmanager org.tinylog org.pmw.tinylog java.util.logging timber.log io.github.oshai.kotlinlogging mu "
    "com.google.common.flogger android.util.Log"
)
_JAVA_STACK = (
    r"java\.lang\.Thread\.(?:getStackTrace|getAllStackTraces|dumpThreads|getThreads)$|dalvik\.system\.VMStack\."
    r"|java\.lang\.Throwable\.(?:<init>|fillInStackTrace)$"
)
_JAVA = _dotted(
    "java javax jakarta jdk sun com.sun com.oracle kotlin kotlinx scala groovy clojure org.codehaus.groovy org.graalvm "
    "android androidx dalvik libcore com.android com.google.android org.springframework org.hibernate "
    "org.apache io.netty reactor.core okhttp3 okio retrofit2 akka com.fasterxml com.google.common com.google.gson io.grpc "
    "io.opentelemetry io.reactivex io.undertow feign org.eclipse.jetty org.glassfish org.jboss org.junit org.postgresql "
    "com.mysql com.zaxxer"
)
_DOTNET_LOGGERS = _dotted(
    "Serilog NLog log4net Microsoft.Extensions.Logging System.Environment.get_StackTrace"
)
_DOTNET = _dotted(
    "System Microsoft Windows MS.Internal MS.Win32 Mono Newtonsoft UnityEngine UnityEditor Xamarin FSharp.Core mscorlib "
    "netstandard"
)
# Rust writes a method of a trait as `<Type as Trait>::method`; the system's own functions have no path.
_NATIVE = (
    r"(?:[<&]|mut |dyn ){0,8}(?:std|core|alloc|proc_macro|backtrace|gimli|addr2line|__gnu_cxx|__cxxabiv1)::"
    r"|<\w{1,2} as (?:std|core|alloc)::"
    r"|(?:_+(?:rust|libc|scrt|cxa|GI|pthread|restore|kernel|sigtramp|tmainCRT)[A-Za-z_]*|_?_start|clone3?|start_thread"
    r"|rust_(?:begin_unwind|panic\w*|eh_personality)|BaseThreadInitThunk|RtlUserThreadStart|invoke_main|raise|abort|gsignal"
    r"|(?:Zw|Nt|Ki|Rtl)[A-Z]\w+)(?:$|[@+.(])"
)
_APPLE = (
    r"(?:UIApplicationMain|NSApplicationMain|start|_?dispatch_\w+|CFRunLoop\w+|__CF\w+|objc_\w+|swift_\w+|mach_msg\w*"
    r"|kevent\w*|semaphore_wait\w*|__psynch_\w+|__workq_\w+|__semwait\w*|start_wqthread|_*pthread_?\w*|abort|raise"
    r"|[-+]\[_*(?:UI|NS|CA|WK|AV)[A-Z]\w*)(?:$|[ +(])"
)
# A module of one's own need not have a dot in its first part, so the packages of the standard library are named.
_GO = (
    "(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash"
    "|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv"
    "|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|weak)[./]"
)
_ELIXIR = (
    r":|(?:Elixir\.)?(?:Access|Agent(?:\.Server)?|Application|Base|Code|Date|DateTime|Enum|Exception|File|Float|GenServer|GenEvent"
    r"|IO|Inspect|Integer|Kernel(?:\.\w+)?|Keyword|List|Logger(?:\.\w+)?|Macro|Map|MapSet|Module|NaiveDateTime|Node|Path|Port"
    r"|Process|Protocol|Range|Regex|Registry|Stream(?:\.\w+)?|String(?:\.\w+)?|Supervisor|System|Task(?:\.Supervise[dr])?"
    r"|Time|Tuple|URI|Version|ExUnit(?:\.\w+)*|Mix(?:\.\w+)*)\.[a-z_&{(-]"
    r"|(?:gen_server|gen_statem|gen_event|gen|proc_lib|supervisor|application_master|lists|erlang|ets|maps|timer|init)[.:]"
)
_JAVASCRIPT = (
    r"node:|(?:Array|Map|Set|Promise|Reflect|JSON)\.(?:forEach|map|filter|reduce|apply|construct|parse)$"
)
_PYTHON = _dotted("logging importlib runpy asyncio concurrent.futures threading unittest")

_NAMES = {
    "java": re.compile(_JAVA), "dotnet": re.compile(_DOTNET), "native": re.compile(_NATIVE), "apple": re.compile(_APPLE),
    "go": re.compile(_GO), "elixir": re.compile(_ELIXIR), "javascript": re.compile(_JAVASCRIPT),
    "node": re.compile(_JAVASCRIPT), "python": re.compile(_PYTHON),
    # Of a platform that is not known: names that can be nothing else.
    "": re.compile(f"{_JAVA}|{_DOTNET}|(?:std|core|alloc)::"),
}  # fmt: skip
_LOGGERS = {
    "java": re.compile(f"{_JAVA_LOGGERS}|{_JAVA_STACK}"),
    "dotnet": re.compile(_DOTNET_LOGGERS),
    "": re.compile(f"{_JAVA_LOGGERS}|{_JAVA_STACK}|{_DOTNET_LOGGERS}"),
    "python": re.compile(_dotted("logging loguru structlog")),
    "go": re.compile(
        r"(?:log|log/slog|github\.com/sirupsen/logrus|go\.uber\.org/zap|github\.com/rs/zerolog)[./]"
        r"|runtime\.(?:Callers|Stack)$|runtime/debug\."
    ),
    "php": re.compile(r"\\?(?:Monolog|Psr\\Log|Illuminate\\Log)\\"),
    "native": re.compile(r"(?:log|tracing|tracing_core|tracing_subscriber|env_logger|slog)::"),
    "elixir": re.compile(r"(?:Elixir\.)?Logger\."),
}
_LOGGER_PATH = re.compile(
    r"(?:^|/)logging/__init__\.py$|-packages/(?:loguru|structlog)/|/node_modules/(?:winston|pino|bunyan|log4js)/"
    r"|(?:^|/)vendor/(?:monolog|psr/log)/|/lib/ruby/[\d.]+/logger\.rb$"
)

# How paths of libraries begin, whatever the platform. The fourth line is Go's `host/module@version` of -trimpath.
_START = re.compile(
    r"(?:node|bun|ext|deno|dart|org-dartlang-sdk|phar):|<(?:frozen |internal:)|package:flutter(?:_\w+)?/"
    r"|(?:chrome|moz|safari|safari-web|ms-browser)-extension:|webkit-masked-url:|(?:chrome|resource):"
    r"|/rustc/|/System/(?:Volumes|Library)/|/apex/|/system/(?:lib|framework|bin)|/usr/include/|[A-Za-z]:/[Ww](?:indows|INDOWS)/"
    r"|[^/@.]+\.[^/@]*/[^@]*@v\d"
    r"|/(?:usr/local|usr/lib|usr/lib64|opt|opt/homebrew/Cellar)/go(?:-?[\d.]+)?/(?:[\d.]+/libexec/)?src/"
)
_INSTALLED = (
    "/node_modules/", "/site-packages/", "/dist-packages/", "/lib/ruby/", "/vendor/bundle/", "/vendor/gems/", "/pkg/mod/",
    "/hostedtoolcache/", "/.cargo/registry/", "/cargo/registry/", "/rustup/toolchains/", "/.rustup/", "/index.crates.io-",
    "/library/std/src/", "/library/core/src/", "/library/alloc/src/", "/library/panic_unwind/src/",
)  # fmt: skip
_VERSIONED = re.compile(r"/gems/[^/]+-(?:\d+\.|[\da-f]{7,}/)|/lib/python[\d.]+/|/[Pp]ython[\d.]+/[Ll]ib/")
_VENDOR = r"(?:^|/)vendor/"
_SYSTEM = r"^/usr/lib/|^/lib(?:64|32)?/"
# What bundlers put into each bundle, by the names that source maps give it.
_BUNDLERS = (
    r"|^webpack/(?:bootstrap|runtime|container|sharing)\b|^\(webpack\)|^\[turbopack\]|^external |^(?:\./)?~/|^vite/(?!src/)"
    r"|^(?:commonjsHelpers|rollupPluginBabelHelpers)\b|^webpack-(?:internal|dev)|^delegated "
)
_JAVASCRIPT_PATHS = rf"^internal/|^electron/js2c/|{_VENDOR}|^(?:<anonymous>|native|\[native code\])$"
# Node.js before version 16 names its modules by bare file names.
_NODE_FILES = (
    "assert|async_hooks|bootstrap_node|buffer|child_process|cluster|dgram|dns|domain|events|fs|https?|http2|module|net|node|path"
    "|perf_hooks|process|querystring|readline|repl|stream|string_decoder|timers|tls|tty|url|util|vm|worker_threads|zlib"
    r"|_(?:http|stream|tls|debug)_\w+"
)
_PATHS = {
    "javascript": re.compile(_JAVASCRIPT_PATHS + _BUNDLERS),
    "node": re.compile(rf"{_JAVASCRIPT_PATHS}{_BUNDLERS}|^(?:{_NODE_FILES})\.js$"),
    "php": re.compile(rf"{_VENDOR}|^\[internal\]$"),
    "go": re.compile(rf"{_VENDOR}|^_cgo_gotypes\.go$"),
    "elixir": re.compile(
        r"(?:^|/)deps/|(?:^|/)(?:gen_server|gen_statem|proc_lib|supervisor|lists|erlang)\.erl$"
    ),
    "ruby": re.compile(_VENDOR),
    "perl": re.compile(r"/(?:site|vendor)_perl/|/(?:share|lib)/(?:[\w-]+/)?perl5?/"),
    "native": re.compile(rf"{_SYSTEM}|/(?:crtexe|exe_common|crt0|libc-start)\.\w+$|/vctools/|/minkernel/"),
    "apple": re.compile(_SYSTEM),
    "": re.compile(rf"{_VENDOR}|^internal/|{_SYSTEM}"),
}
# The images of systems: by their path where that was sent, else by their name.
_IMAGE_START = re.compile(
    r"/usr/lib/|/lib(?:64|32)?/|/apex/|/system/|/vendor/lib|[A-Za-z]:/[Ww](?:indows|INDOWS)/|package:flutter"
)
_IMAGE = re.compile(
    r"std|core|alloc|proc_macro"
    r"|lib(?:c|m|pthread|dl|rt|stdc\+\+|c\+\+|c\+\+abi|gcc_s|art|android_runtime|utils|binder|log|nativehelper|objc|dispatch"
    r"|system_\w+|swift\w+|unwind|dyld|xpc)(?:[-.\d]*|\.A)\.(?:so[\d.]*|dylib)|ld-(?:linux|musl)[\w.-]*|ld-[\d.]+\.so"
    r"|linux-(?:vdso|gate)[\w.]*|\[vdso\]|dyld|dyld_sim|libdispatch|libsystem"
    r"|(?i:(?:ucrtbased?|kernel32|kernelbase|ntdll|user32|win32u|gdi32|msvcrt|msvcp\w+|vcruntime\w+|combase|rpcrt4|ole32"
    r"|oleaut32|ws2_32|wow64\w*|clr|coreclr|mscorlib|hostpolicy|hostfxr)(?:\.dll)?)"
    r"|UIKit|UIKitCore|Foundation|CoreFoundation|GraphicsServices|SwiftUI|AppKit|HIToolbox|QuartzCore|CFNetwork|WebKit"
    r"|WebCore|JavaScriptCore"
)

# Names that only SDKs have, on whatever platform.
_SDK_NAME = re.compile(
    r"(?:io\.sentry|com\.getsentry\.raven|net\.kencochrane\.raven)[.$]|(?:sentry_sdk|raven)\.|@sentry[./:]"
    r"|(?:[<&]|mut |dyn ){0,8}sentry(?:_(?:core|panic|backtrace|anyhow|contexts|types|log|slog|tracing|tower|actix|debug_images"
    r"|opentelemetry))?::|github\.com/getsentry/(?:sentry|raven)-go\b|\\?Sentry\\|(?:sentryWrapped|raven_wrapped)\b"
    r"|(?:SentryCrash|sentrycrash_?)\w*|[-+]\[(?:Sentry|PrivateSentry)\w*"
)
# Names that are an SDK's on one platform.
_SDK_NAMES = {
    "dotnet": re.compile(r"Sentry\."),
    "elixir": re.compile(r"(?:Elixir\.)?Sentry\."),
    "native": re.compile(r"sentry__?\w*(?:$|\()|(?:[<&]|mut |dyn ){0,8}sentry_\w+::"),
    "apple": re.compile(r"Sentry[A-Z]\w*"),
    "": re.compile(r"(?:[<&]|mut |dyn ){0,8}sentry_\w+::"),
}
_SDK_PATH = re.compile(
    r"(?:^|/)@sentry(?:-internal)?[/+_]|/node_modules/(?:raven|raven-js)/|^https?://(?:browser|js)\.sentry-cdn\.com/"
    r"|-packages/(?:sentry_sdk|raven)/|(?:^|/)gems/sentry-[a-z_-]+-\d|(?:^|/)vendor/sentry/|^package:sentry(?:_\w+)?/"
    r"|(?:^|/)deps/sentry/|/sentry(?:-[a-z]+)*-\d[\d.]+/src/|getsentry/(?:sentry|raven)-go[@/]"
)
_SDK_IMAGE = re.compile(
    r"libsentry(?:-android)?\.so|sentry\.dll|libsentry\.dylib|Sentry|Sentry(?:SwiftUI|-Dynamic)|sentry_flutter"
    r"|sentry_(?:core|panic|backtrace|anyhow|contexts|log|slog|tracing|tower|actix|debug_images)"
)
