from __future__ import annotations

from typing import Any

import pytest

from issues.payload.frames.in_app import in_app, is_sdk, leads_to_sdk
from tests.lib.growth import assert_linear


def module(name: str, function: str = "run") -> dict[str, Any]:
    return {"module": name, "function": function}


def function(name: str) -> dict[str, Any]:
    return {"function": name}


def path(name: str) -> dict[str, Any]:
    return {"abs_path": name, "filename": name.rsplit("/", 1)[-1], "function": "f"}


def image(name: str) -> dict[str, Any]:
    return {"package": name, "instruction_addr": "0x1"}


LIBRARIES = [
    *(("java", module(name)) for name in (
        "java.lang.Thread", "javax.servlet.Filter", "jdk.internal.Unsafe", "sun.misc.X", "kotlin.Result", "kotlinx.coroutines.X",
        "scala.Option", "io.sentry.Sentry", "android.os.Handler", "androidx.core.X", "dalvik.system.VMStack",
        "okhttp3.internal.http.X", "akka.actor.ActorCell", "org.apache.http.client.X", "com.google.gson.Gson",
        "com.android.internal.os.ZygoteInit", "ch.qos.logback.classic.Logger", "org.apache.logging.log4j.Logger",
    )),
    *(("native", function(name)) for name in (
        "std::panicking::panic", "core::ops::function::FnOnce::call_once", "alloc::vec::Vec<T>::push",
        "<alloc::boxed::Box<F> as core::ops::Fn>::call", "<T as core::convert::Into<U>>::into", "sentry_core::hub::Hub::with",
        "sentry_anything::capture", "<sentry_panic::P as sentry_core::Integration>::setup", "__libc_start_main",
        "__rust_begin_short_backtrace", "rust_begin_unwind", "BaseThreadInitThunk", "sentry__capture", "sentry_capture_event",
    )),
    *(("native", image(name)) for name in (
        "C:\\Windows\\System32\\ucrtbase.dll", "ucrtbase.dll", "/lib/x86_64-linux-gnu/libc.so.6", "libc.so", "libc-2.31.so",
        "KERNEL32.DLL", "/apex/com.android.art/lib64/libart.so",
    )),
    *(("go", module(name)) for name in ("net/http", "runtime", "encoding/json", "github.com/getsentry/sentry-go")),
    ("go", {**path("/home/a/go/pkg/mod/github.com/gin-gonic/gin@v1.9.0/gin.go"), "module": "github.com/gin-gonic/gin"}),
    ("go", path("github.com/gin-gonic/gin@v1.9.0/gin.go")),
    ("go", path("/usr/local/go/src/net/http/server.go")),
    *(("node", path(name)) for name in (
        "node:internal/main/run_main_module", "internal/modules/cjs/loader.js", "/app/node_modules/express/index.js",
        "node_modules/express/index.js", "<anonymous>", "deno:core/01_core.js",
        "events.js", "module.js", "_http_server.js", "bootstrap_node.js", "internal/timers.js",
    )),
    *(("javascript", path(name)) for name in (
        "chrome-extension://abc/content.js", "moz-extension://abc/x.js", "safari-web-extension://x/y.js",
        "electron/js2c/asar_bundle.js", "webpack:///./node_modules/react/index.js", "https://browser.sentry-cdn.com/8.0.0/bundle.min.js",
    )),
    *(("python", path(name)) for name in (
        "/v/lib/python3.12/site-packages/django/core.py", "/usr/lib/python3/dist-packages/apt.py", "/usr/lib/python3.11/json/__init__.py",
        "C:\\Python311\\Lib\\json\\decoder.py", "<frozen importlib._bootstrap>",
    )),
    ("python", module("sentry_sdk.hub")),
    ("python", module("logging", "_log")),
    *(("ruby", path(name)) for name in (
        "/var/lib/gems/3.1.0/gems/rack-2.2.4/lib/rack.rb", "/usr/lib/ruby/3.1.0/logger.rb", "<internal:kernel>",
        "/app/vendor/bundle/ruby/3.1.0/gems/rack-2.2.4/lib/rack.rb", "/x/bundler/gems/rails-0123456789ab/lib/x.rb",
    )),
    *(("php", path(name)) for name in ("/srv/vendor/laravel/framework/src/X.php", "vendor/autoload.php", "[internal]")),
    ("php", function("Sentry\\State\\Hub::captureException")),
    *(("perl", path(name)) for name in (
        "/usr/share/perl5/Try/Tiny.pm", "/usr/lib/x86_64-linux-gnu/perl/5.36/IO/File.pm", "/home/a/perl5/lib/perl5/Moo.pm",
        "/usr/local/share/perl/5.36.0/Moo.pm", "/usr/lib/perl5/site_perl/5.36/Moo.pm",
    )),
    *(("dart", path(name)) for name in ("dart:async/zone.dart", "package:flutter/src/widgets/framework.dart", "package:sentry/src/hub.dart")),
    *(("csharp", module(name)) for name in ("System.Linq.Enumerable", "Microsoft.AspNetCore.X", "Sentry.SentrySdk", "Serilog.Log")),
    *(("cocoa", image(name)) for name in (
        "/usr/lib/system/libdispatch.dylib", "/System/Library/Frameworks/UIKit.framework/UIKit", "UIKitCore", "libsystem_pthread.dylib",
        "/private/var/containers/Bundle/Application/1/Shop.app/Frameworks/Sentry.framework/Sentry",
    )),
    ("cocoa", function("-[UIApplication sendAction:to:from:forEvent:]")),
    *(("elixir", module(name)) for name in (":gen_server", "Elixir.GenServer", "Elixir.Task.Supervised", "Sentry.Client")),
    ("elixir", path("deps/plug/lib/plug/router.ex")),
    ("other", module("java.lang.Thread")),
    ("", path("/app/node_modules/x.js")),
    ("", function("std::panicking::panic")),
]  # fmt: skip
OWN = [
    *(("java", module(name)) for name in (
        "com.shop.App", "javaapp.Cart", "scalable.Cart", "kotlinshop.X", "sunflower.Field", "com.google.shop.X", "orgapache.X", "io.sentryish.X", "androidapp.Main",
    )),
    *(("native", function(name)) for name in (
        "shop::cart::add", "corelib::run", "stdlib::x", "<shop::Cart as core::ops::Drop>::drop", "allocator::grow", "main",
        "sentryish::x", "sentrybox_run",
    )),
    ("native", image("/srv/shop/bin/shop")),
    ("native", image("C:\\Program Files\\Shop\\shop.exe")),
    *(("go", module(name)) for name in ("main", "shop/orders", "example.com/shop", "netshop/http", "runtimes")),
    ("go", path("/home/a/go/src/shop/main.go")),
    *(("node", path(name)) for name in ("/srv/shop/internal/cart.js", "/srv/shop/vendors.js", "/srv/my_node_modules/x.js")),
    *(("node", path(name)) for name in ("/srv/shop/events.js", "src/events.js", "events.mjs", "cart.js")),
    ("javascript", path("events.js")),
    ("javascript", path("https://shop.example.com/static/app.js")),
    *(("python", path(name)) for name in ("/srv/shop/vendor/models.py", "/srv/shop/views.py", "/usr/lib/shop/app.py", "/srv/pythonista.py")),
    ("python", module("loggings.views")),
    ("python", module("ravenous.app")),
    ("ruby", path("/srv/shop/app/gems/gift-card/code.rb")),
    ("php", path("/srv/shop/src/Vendor/Cart.php")),
    *(("perl", path(name)) for name in ("/srv/shop/lib/Shop/Cart.pm", "/home/perl/app.pl", "app.pl")),
    ("dart", path("package:shop/cart.dart")),
    *(("csharp", module(name)) for name in ("Shop.Cart", "Systems.Cart", "MicrosoftShop.X")),
    ("cocoa", image("/private/var/containers/Bundle/Application/1/Shop.app/Shop")),
    *(("elixir", module(name, "add/2")) for name in ("Elixir.Shop.Cart", "Enumeration", "MapShop")),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "frame"), LIBRARIES)
def test_libraries(platform: str, frame: dict[str, Any]) -> None:
    assert not in_app(frame, platform, flagged=False)


@pytest.mark.parametrize(("platform", "frame"), OWN)
def test_names_of_ones_own_that_look_like_a_librarys(platform: str, frame: dict[str, Any]) -> None:
    assert in_app(frame, platform, flagged=False)
    assert not in_app(frame, platform, flagged=True)


def test_a_mark_decides_except_for_the_sdk() -> None:
    java, sdk = module("java.lang.Thread"), module("io.sentry.Hub")
    assert in_app({**java, "in_app": True}, "java", flagged=True)
    assert not in_app({**module("com.shop.App"), "in_app": False}, "java", flagged=False)
    assert not in_app({**sdk, "in_app": True}, "java", flagged=True)
    # A mark of another type is none.
    assert not in_app({**java, "in_app": "true"}, "java", flagged=False)


def test_the_platform_of_the_frame_wins() -> None:
    frame = {**module("java.lang.Thread"), "platform": "java"}
    assert not in_app(frame, "javascript", flagged=False)
    assert in_app(module("java.lang.Thread"), "python", flagged=False)


def test_what_leads_to_the_sdk() -> None:
    assert leads_to_sdk(module("java.lang.Thread", "getStackTrace"), "java")
    assert not leads_to_sdk(module("java.lang.Thread", "run"), "java")
    assert leads_to_sdk(module("org.slf4j.Logger", "warn"), "java")
    assert not is_sdk(module("org.slf4j.Logger", "warn"), "java")


@pytest.mark.parametrize("value", [None, 5, [], {}, [["a"]], "", "\x00", "\ud800", float("nan"), 10**30])
def test_any_value_is_read(value: Any) -> None:
    names = ("module", "function", "filename", "abs_path", "package", "platform", "in_app")
    for name in names:
        in_app({name: value}, "java", flagged=False)
    in_app(dict.fromkeys(names, value), "", flagged=False)


HOSTILE = [
    "a/",
    "a.",
    "::",
    "<",
    "<*&mut ",
    "sentry_",
    "/gems/a-1",
    "@",
    ".a/@",
    "-[UI",
    "lib/python3.",
    "Task.Supervised.",
    "{",
    "log",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("platform", ["java", "native", "go", "cocoa", "elixir", ""])
def test_names_take_time_in_proportion(piece: str, platform: str) -> None:
    names = ("module", "function", "filename", "package")
    assert_linear(
        lambda size: dict.fromkeys(names, piece * size),
        lambda frame: [in_app(frame, platform, flagged=False) for _ in range(3)],
        smallest=256,
        largest=4_096,
    )
