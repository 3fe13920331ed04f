"""Python and its frameworks."""

from __future__ import annotations

from accounts.snippets.snippet import Snippet

_USER = 'sentry_sdk.set_user({"id": "42"})\n'

PYTHON = (
    Snippet(
        "python",
        "Python",
        install="pip install --upgrade sentry-sdk",
        where="Start of your program",
        init="""import sentry_sdk

sentry_sdk.init(
    dsn="@DSN@",
    environment="production",
    release="my-app@1.0.0",
)
""",
        user=_USER,
        test="1 / 0\n",
    ),
    Snippet(
        "django",
        "Django",
        install='pip install --upgrade "sentry-sdk[django]"',
        where="settings.py",
        init="""import sentry_sdk

sentry_sdk.init(
    dsn="@DSN@",
    environment="production",
    release="my-app@1.0.0",
    send_default_pii=True,  # adds the signed-in user and request headers
)
""",
        test="""# urls.py, then open /debug-error/
from django.urls import path

def debug_error(request):
    1 / 0

urlpatterns += [path("debug-error/", debug_error)]
""",
    ),
    Snippet(
        "flask",
        "Flask",
        install='pip install --upgrade "sentry-sdk[flask]"',
        where="app.py, before the app is created",
        init="""import sentry_sdk
from flask import Flask

sentry_sdk.init(
    dsn="@DSN@",
    environment="production",
    release="my-app@1.0.0",
)

app = Flask(__name__)
""",
        user=_USER,
        test="""# then open /debug-error
@app.route("/debug-error")
def debug_error():
    1 / 0
""",
    ),
    Snippet(
        "fastapi",
        "FastAPI",
        install='pip install --upgrade "sentry-sdk[fastapi]"',
        where="main.py, before the app is created",
        init="""import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(
    dsn="@DSN@",
    environment="production",
    release="my-app@1.0.0",
)

app = FastAPI()
""",
        user=_USER,
        test="""# then open /debug-error
@app.get("/debug-error")
async def debug_error():
    1 / 0
""",
    ),
    Snippet(
        "celery",
        "Celery",
        install='pip install --upgrade "sentry-sdk[celery]"',
        where="tasks.py, in the worker and where tasks are queued",
        init="""import sentry_sdk
from celery import Celery, signals

app = Celery("tasks", broker="redis://localhost")

@signals.celeryd_init.connect
def set_up_sentry(**kwargs):
    sentry_sdk.init(
        dsn="@DSN@",
        environment="production",
        release="my-app@1.0.0",
    )
""",
        user=_USER,
        test="""@app.task
def debug_error():
    1 / 0

# then call debug_error.delay()
""",
    ),
    Snippet(
        "python-aws-lambda",
        "AWS Lambda (Python)",
        install="pip install --upgrade sentry-sdk",
        where="lambda_function.py, before the handler",
        init="""import sentry_sdk
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration

sentry_sdk.init(
    dsn="@DSN@",
    environment="production",
    release="my-app@1.0.0",
    integrations=[AwsLambdaIntegration()],
)
""",
        user=_USER,
        test="""def lambda_handler(event, context):
    1 / 0
""",
    ),
)
