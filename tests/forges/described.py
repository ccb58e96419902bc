"""Holds exchanges with GitHub against its own descriptions of its APIs: OpenAPI for REST, a schema for GraphQL.

    python described.py <node_modules>  < exchanges.json

Prints a line for each part that is not as described; nothing when all of it is. An exchange that no description knows is
such a part, and so is an answer with a status that the description does not have, unless it refuses.
"""

import json
import pathlib
import sys

from graphql import build_schema, parse, validate
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.testing import MockRequest, MockResponse

REST = "/api/v3"
TYPE = "application/json"


def rest(modules, paths):
    """The description, with the paths that were asked for alone: the rest would be read for nothing."""
    text = (modules / "@octokit/openapi/generated/api.github.com.json").read_text()
    description = json.loads(text)
    asked = {len(path.split("/")) for path in paths}
    description["paths"] = {
        path: item for path, item in description["paths"].items() if len(path.split("/")) in asked
    }
    # The description itself is GitHub's; it is not what is judged here.
    return OpenAPI.from_dict(description, config=Config(spec_validator_cls=None))


def causes(error):
    """What an error says, and why."""
    while error is not None:
        details = getattr(error, "schema_errors", None)
        yield from [f"{one.json_path}: {one.message}" for one in details] if details else [str(error)]
        error = error.__cause__


def of_rest(api, exchange):
    path, status = exchange["path"].removeprefix(REST), exchange["status"]
    body = exchange["body"]
    query = [pair.split("=") for pair in exchange["query"].split("&") if pair]
    request = MockRequest(
        "https://api.github.com",
        exchange["method"].lower(),
        path,
        args=dict(query),
        data=None if body is None else json.dumps(body).encode(),
        content_type=TYPE,
    )
    # A request that was refused for what is in it is as wrong as it was meant to be.
    if status != 422:
        api.validate_request(request)
    answer = exchange["answer"]
    data = b"" if answer is None else json.dumps(answer).encode()
    try:
        api.validate_response(request, MockResponse(data, status_code=status, content_type=TYPE))
    except ResponseNotFound:
        # The description has not every refusal of every operation: not that of a token, of a limit, of a failure.
        if status < 400:
            raise


def main():
    modules = pathlib.Path(sys.argv[1])
    exchanges = json.load(sys.stdin)
    of_graphql = [one for one in exchanges if one["path"] == "/api/graphql"]
    others = [one for one in exchanges if one["path"] != "/api/graphql"]
    if of_graphql:
        sdl = (modules / "@octokit/graphql-schema/schema.graphql").read_text()
        schema = build_schema(sdl, assume_valid=True, assume_valid_sdl=True)
        for query in {one["body"]["query"] for one in of_graphql}:
            for error in validate(schema, parse(query)):
                print(f"graphql {query}: {error.message}")
    if others:
        api = rest(modules, {one["path"].removeprefix(REST) for one in others})
        for one in others:
            try:
                of_rest(api, one)
            except OpenAPIError as error:
                print(one["method"], one["path"], one["status"], "; ".join(causes(error)))


main()
