"""Apps on phones."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

MOBILE = (
    Snippet(
        "android",
        "Android",
        install="""// app/build.gradle.kts
dependencies {
    implementation("io.sentry:sentry-android:8.+")
}
""",
        where="AndroidManifest.xml, in <application>",
        init="""<meta-data android:name="io.sentry.dsn" android:value="@DSN@" />
<meta-data android:name="io.sentry.environment" android:value="production" />
<meta-data android:name="io.sentry.release" android:value="my-app@1.0.0" />
""",
        user="""import io.sentry.Sentry
import io.sentry.protocol.User

Sentry.setUser(User().apply { id = "42" })
""",
        test="""// MainActivity.kt, in onCreate
import io.sentry.Sentry

Sentry.captureException(RuntimeException("Hello from Android"))
""",
        mobile=True,
    ),
    Snippet(
        "apple",
        "Apple (iOS, macOS, Swift)",
        install="Xcode: File → Add Package Dependencies… → https://github.com/getsentry/sentry-cocoa",
        where="Your App, or application(_:didFinishLaunchingWithOptions:)",
        init="""import Sentry
import SwiftUI

@main
struct MyApp: App {
    init() {
        SentrySDK.start { options in
            options.dsn = "@DSN@"
            options.environment = "production"
            options.releaseName = "my-app@1.0.0"
        }
    }

    var body: some Scene {
        WindowGroup { ContentView() }
    }
}
""",
        user="""let user = User(userId: "42")
SentrySDK.setUser(user)
""",
        test="""SentrySDK.capture(error: NSError(domain: "Hello from Swift", code: 1))
""",
        mobile=True,
    ),
    Snippet(
        "react-native",
        "React Native, Expo",
        install="""npm install @sentry/react-native
npx pod-install""",
        where="App.js",
        init="""import * as Sentry from "@sentry/react-native";

Sentry.init({
  dsn: "@DSN@",
  environment: "production",
  release: "my-app@1.0.0",
});

function App() {
  // your app
}

export default Sentry.wrap(App);
""",
        user='Sentry.setUser({ id: "42" });\n',
        test="""<Button title="Break" onPress={() => { throw new Error("Hello from React Native"); }} />
""",
        mobile=True,
    ),
    Snippet(
        "flutter",
        "Flutter",
        install="flutter pub add sentry_flutter",
        where="lib/main.dart",
        init="""import 'package:flutter/widgets.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {
  await SentryFlutter.init(
    (options) {
      options.dsn = '@DSN@';
      options.environment = 'production';
      options.release = 'my-app@1.0.0';
    },
    appRunner: () => runApp(SentryWidget(child: MyApp())),
  );
}
""",
        user="""Sentry.configureScope((scope) => scope.setUser(SentryUser(id: '42')));
""",
        test="""ElevatedButton(
  onPressed: () => throw StateError('Hello from Flutter'),
  child: const Text('Break'),
)
""",
        mobile=True,
    ),
    Snippet(
        "dart",
        "Dart",
        install="dart pub add sentry",
        where="bin/main.dart",
        init="""import 'package:sentry/sentry.dart';

Future<void> main() async {
  await Sentry.init(
    (options) {
      options.dsn = '@DSN@';
      options.environment = 'production';
      options.release = 'my-app@1.0.0';
    },
    appRunner: () {
      // your program
    },
  );
}
""",
        user="""Sentry.configureScope((scope) => scope.setUser(SentryUser(id: '42')));
""",
        test="""// in appRunner
throw StateError('Hello from Dart');
""",
    ),
    Snippet(
        "kotlin-multiplatform",
        "Kotlin Multiplatform",
        install="""// shared/build.gradle.kts; take the latest version
plugins {
    id("io.sentry.kotlin.multiplatform.gradle") version "0.23.1"
}
""",
        where="commonMain, called early by each app",
        init="""import io.sentry.kotlin.multiplatform.Sentry

fun initializeSentry() {
    Sentry.init { options ->
        options.dsn = "@DSN@"
        options.environment = "production"
        options.release = "my-app@1.0.0"
    }
}
""",
        user="""import io.sentry.kotlin.multiplatform.protocol.User

Sentry.setUser(User().apply { id = "42" })
""",
        test="""Sentry.captureException(IllegalStateException("Hello from Kotlin"))
""",
        mobile=True,
    ),
    Snippet(
        "dotnet-maui",
        ".NET MAUI",
        install="dotnet add package Sentry.Maui",
        where="MauiProgram.cs",
        init="""public static MauiApp CreateMauiApp()
{
    var builder = MauiApp.CreateBuilder();
    builder
        .UseMauiApp<App>()
        .UseSentry(options =>
        {
            options.Dsn = "@DSN@";
            options.Environment = "production";
            options.Release = "my-app@1.0.0";
        });
    return builder.Build();
}
""",
        user="""SentrySdk.ConfigureScope(scope => scope.User = new SentryUser { Id = "42" });
""",
        test='SentrySdk.CaptureException(new InvalidOperationException("Hello from MAUI"));\n',
        mobile=True,
    ),
)
