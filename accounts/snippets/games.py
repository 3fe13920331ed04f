"""Game engines."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

GAMES = (
    Snippet(
        "unity",
        "Unity",
        install="Package Manager → + → Add package from git URL: https://github.com/getsentry/unity.git",
        where="Assets/Scripts/Errors.cs, or the same fields in Tools → Sentry",
        init="""using Sentry.Unity;
using UnityEngine;

public static class Errors
{
    [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.BeforeSceneLoad)]
    static void Begin()
    {
        SentrySdk.Init(options =>
        {
            options.Dsn = "@DSN@";
            options.Environment = "production";
            options.Release = "my-game@1.0.0";
        });
    }
}
""",
        user="""SentrySdk.ConfigureScope(scope => scope.User = new SentryUser { Id = "42" });
""",
        test='Debug.LogException(new System.Exception("Hello from Unity"));\n',
        mobile=True,
    ),
    Snippet(
        "unreal",
        "Unreal Engine",
        install="https://github.com/getsentry/sentry-unreal/releases, unpacked into Plugins/Sentry of your project",
        where="Config/DefaultEngine.ini, or the same fields in Project Settings → Plugins → Sentry",
        init="""[/Script/Sentry.SentrySettings]
InitAutomatically=True
Dsn="@DSN@"
Environment="production"
OverrideReleaseName=True
Release="my-game@1.0.0"
""",
        test="""// in any C++ code of the game, with "Sentry" among the PublicDependencyModuleNames of its .Build.cs
#include "SentrySubsystem.h"

GEngine->GetEngineSubsystem<USentrySubsystem>()->CaptureMessage(TEXT("Hello from Unreal"), ESentryLevel::Error);
""",
    ),
    Snippet(
        "godot",
        "Godot",
        install="AssetLib → Sentry, or https://github.com/getsentry/sentry-godot/releases unpacked into addons/sentry",
        where="A script that is the main loop type; turn off Project Settings → Sentry → Auto Init",
        init="""class_name ProjectMainLoop
extends SceneTree

func _initialize() -> void:
	SentrySDK.init(func(options: SentryOptions) -> void:
		options.dsn = "@DSN@"
		options.environment = "production"
		options.release = "my-game@1.0.0"
	)
""",
        user="""var user := SentryUser.new()
user.id = "42"
SentrySDK.set_user(user)
""",
        test='push_error("Hello from Godot")\n',
    ),
)
