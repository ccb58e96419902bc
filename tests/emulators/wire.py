"""What the supplement reads and writes: one request and one response of an AWS client."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qs

DEFAULT_ACCOUNT = "123456789012"

# The header of what the supplement asks itself: it is neither counted nor slowed nor refused.
INSIDE = "x-supplement"


@dataclass
class Request:
    method: str
    path: str
    headers: list
    body: bytes
    access_key: str
    region: str
    service: str

    @property
    def account(self):
        """The account that state is kept under. Session keys share the default one; no test needs more."""
        return self.access_key if re.fullmatch(r"\d{12}", self.access_key) else DEFAULT_ACCOUNT

    @property
    def scope(self):
        return (self.account, self.region)

    @property
    def target(self):
        """The operation of a JSON service, or an empty string."""
        return self.header("x-amz-target").rpartition(".")[2]

    @property
    def form(self):
        """The parameters of a query service."""
        if self.method != "POST" or "x-www-form-urlencoded" not in self.header("content-type"):
            return {}
        return {key: values[0] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def json(self):
        return json.loads(self.body or b"{}")

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), "")

    def with_operation(self, operation, body):
        """The same caller asking the same JSON service something else."""
        prefix = self.header("x-amz-target").rpartition(".")[0]
        headers = [(key, value) for key, value in self.headers if key.lower() != "x-amz-target"]
        headers.append(("X-Amz-Target", f"{prefix}.{operation}"))
        return Request("POST", "/", headers, json.dumps(body).encode(), self.access_key, self.region, self.service)


@dataclass
class Response:
    status: int
    headers: list
    body: bytes

    @classmethod
    def of_json(cls, value, status=200):
        return cls(status, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(value).encode())

    @classmethod
    def json_error(cls, code, message):
        return cls.of_json({"__type": code, "message": message}, 400)

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def json(self):
        return json.loads(self.body or b"{}")

    def with_json(self, value):
        return Response(self.status, self.headers, json.dumps(value).encode())
