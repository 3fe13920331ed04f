"""django-ninja adapted to Rustrak's JSON API: one form of errors, and URLs with or without a trailing slash."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, RawPostDataException, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, get_script_prefix, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.utils import replace_path_param_notation

from rustrak.lib import problems, tolerant_json
from rustrak.lib.api import bound_cursor
from rustrak.lib.cursor import BadCursor
from rustrak.lib.database import trouble
from rustrak.lib.wording import counted

logger = logging.getLogger("rustrak.api")

View = Callable[..., HttpResponseBase]


class JsonParser(Parser):
    """Reads strict JSON: UTF-8, no NaN, no lone surrogates."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


class JsonRenderer(BaseRenderer):
    """Writes compact JSON, with integers of any size."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return tolerant_json.dumps(data)


class JsonApi(NinjaAPI):
    """A NinjaAPI whose routes contain their full path. Include `patterns` in the URLconf, not `urls`."""

    def __init__(self, policy: Callable[[Sequence[Any]], str], **options: Any) -> None:
        """`policy` says in words what an operation's `auth` asks for, and nothing for one that does not say."""
        super().__init__(
            renderer=JsonRenderer(), parser=JsonParser(), openapi_url=None, docs_url=None, **options
        )
        self._policy = policy

    def set_default_exception_handlers(self) -> None:
        self.add_exception_handler(Exception, self._answer_error)

    def answer(self, problem: problems.Problem) -> HttpResponse:
        """The response for an error; another API may have another form."""
        return problems.answer(problem)

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """As ninja does. The cursor of a list is bound to this request; rustrak.lib.api.etags notes the ETag on it."""
        if isinstance(data, dict) and data.get("next_cursor"):
            data["next_cursor"] = bound_cursor.bind(data["next_cursor"], request)
        response = super().create_response(request, data, **options)
        if response.status_code < 300 and (etag := vars(request).get("etag")):
            response["ETag"] = etag
        return response

    def get_root_path(self, path_params: Any) -> str:
        return get_script_prefix()

    def _answer_error(self, request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        assert isinstance(error, Exception)  # noqa: S101  ninja's type allows a class, but ninja never passes one
        problem = _problem(error)
        if trouble.is_trouble(error):
            logger.error("%s %s failed: %s", request.method, request.path, str(error).strip())
        if isinstance(problem, problems.Internal):
            logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return self.answer(problem)

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every operation, with the path of its route as Django writes it."""
        for router in self._get_bound_routers():
            for route, view in router.path_operations.items():
                for operation in view.operations:
                    yield replace_path_param_notation(route).lstrip("/"), operation

    def _policies(self) -> dict[str, str]:
        """By route: who may use it, as its operations declare; empty if one of them does not."""
        found: dict[str, list[str]] = {}
        for route, operation in self.operations():
            said = self._policy(operation.auth_callbacks)
            methods = "/".join(operation.methods)
            found.setdefault(route, []).append(f"{methods} {said}" if said else "")
        return {route: ", ".join(each) if all(each) else "" for route, each in found.items()}

    @property
    def patterns(self) -> list[URLPattern]:
        """Each route with and without a trailing slash, so that no POST is redirected."""
        return list(self._patterns())

    def _patterns(self) -> Iterator[URLPattern]:
        routes, _, _ = self.urls
        policies = self._policies()
        for route in routes:
            if not isinstance(route, URLPattern) or route.name == "api-root":
                continue
            view = _finished(route.callback, self.answer, policies[str(route.pattern)])
            yield path(str(route.pattern), view, name=route.name)
            yield path(f"{route.pattern}/", view)


def _finished(view: View, answer: Callable[[problems.Problem], HttpResponse], access: str) -> View:
    """`view` that also answers HEAD, refuses other methods with a JSON error, and says who may use it: `access`."""

    @wraps(view)
    def finish(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if head := request.method == "HEAD":
            request.method = "GET"
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = answer(problems.MethodNotAllowed("Allowed methods: " + allowed))
            response["Allow"] = allowed
        if head:
            request.method = "HEAD"
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = ()
            elif isinstance(response, HttpResponse):
                response["Content-Length"] = str(len(response.content))
                response.content = b""
        return response

    finish.access = access  # type: ignore[attr-defined]
    return finish


def _problem(error: Exception) -> problems.Problem:
    match error:
        case problems.Problem():
            return error
        case ValidationError():
            return problems.BadInput("; ".join(_sentence(part) for part in error.errors))
        case BadCursor():
            return problems.BadInput("cursor: does not belong to this list")
        case Http404():
            return problems.NotFound("Not found.")
        case PermissionDenied():
            return problems.Forbidden(str(error) or "You do not have permission to do that.")
        case RequestDataTooBig():
            return problems.PayloadTooLarge("The body is too large.")
        case _ if trouble.is_trouble(error):
            return problems.Unavailable(trouble.words(error), retry_after=trouble.RETRY_SECONDS)
        case HttpError(status_code=401):
            return problems.Unauthorized("Sign in, or send an API token as `Authorization: Bearer …`.")
        # The check of the CSRF token reads forms of several parts, and then they are gone.
        case HttpError(status_code=400) | RawPostDataException():
            return problems.BadInput("The body is not valid JSON.")
    return problems.Internal()


def _sentence(error: dict[str, Any]) -> str:
    # The location starts with its source (query, body) and the name of our argument.
    location = [str(part) for part in error["loc"][1:]]
    field = ".".join(location[1:] if len(location) > 1 else location)
    if error["type"] in {"model_type", "model_attributes_type"}:
        return f"{field}: must be a JSON object"  # Pydantic names our class
    about = error.get("ctx", {})
    if about.get("field_type") == "Value":  # a text that has further checks: Pydantic counts its "items"
        if error["type"] == "too_short":
            return f"{field}: must have at least {counted(about['min_length'], 'character')}"
        return f"{field}: must have at most {counted(about['max_length'], 'character')}"
    return f"{field}: {str(error['msg']).removeprefix('Value error, ')}"
