"""PHP and its frameworks."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = r"""\Sentry\configureScope(function (\Sentry\State\Scope $scope): void {
    $scope->setUser(['id' => '42']);
});
"""

PHP = (
    Snippet(
        "php",
        "PHP",
        install="composer require sentry/sentry",
        where="Start of your script",
        init=r"""<?php

require 'vendor/autoload.php';

\Sentry\init([
    'dsn' => '@DSN@',
    'environment' => 'production',
    'release' => 'my-app@1.0.0',
]);
""",
        user=_USER,
        test=r"""throw new \Exception('Hello from PHP');
""",
    ),
    Snippet(
        "laravel",
        "Laravel",
        install="""composer require sentry/sentry-laravel
php artisan sentry:publish --dsn=@DSN@""",
        where="bootstrap/app.php and .env",
        init=r"""<?php
// .env:
// SENTRY_LARAVEL_DSN=@DSN@
// SENTRY_ENVIRONMENT=production
// SENTRY_RELEASE=my-app@1.0.0

use Illuminate\Foundation\Application;
use Illuminate\Foundation\Configuration\Exceptions;
use Sentry\Laravel\Integration;

return Application::configure(basePath: dirname(__DIR__))
    // …
    ->withExceptions(function (Exceptions $exceptions) {
        Integration::handles($exceptions);
    })->create();
""",
        user=_USER,
        test="php artisan sentry:test\n",
    ),
    Snippet(
        "symfony",
        "Symfony",
        install="composer require sentry/sentry-symfony",
        where="config/packages/sentry.yaml",
        init="""sentry:
    dsn: "@DSN@"
    options:
        environment: "production"
        release: "my-app@1.0.0"
""",
        user=_USER,
        test="php bin/console sentry:test\n",
    ),
    Snippet(
        "wordpress",
        "WordPress",
        install="wp plugin install wp-sentry-integration --activate",
        where="wp-config.php, before wp-settings.php is loaded",
        init="""define('WP_SENTRY_PHP_DSN', '@DSN@');
define('WP_SENTRY_BROWSER_DSN', '@DSN@');
define('WP_SENTRY_ENV', 'production');
define('WP_SENTRY_VERSION', 'my-site@1.0.0');
""",
        test="""// functions.php of your theme, then open /?debug-error
add_action('init', function () {
    if (isset($_GET['debug-error'])) throw new Exception('Hello from WordPress');
});
""",
    ),
)
