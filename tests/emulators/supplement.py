"""A reverse proxy in front of an emulator, for what neither emulator does.

It answers a few operations itself, as AWS documents them, and passes everything else through untouched:
- `application_autoscaling.py` answers all of Application Auto Scaling;
- `client_tokens.py` makes a repeated client token return the first answer;
- `cloudwatch_cbor.py` translates CloudWatch's newer protocol, which the emulators do not speak;
- `conditional_writes.py` lets one of several conditional writes to one S3 object succeed;
- `database_settings.py` shows the settings of databases and caches that ministack forgets;
- `ec2_network.py` keeps what the emulators drop of subnets and NAT gateways;
- `ec2_security.py` keeps what they drop of VPC endpoints and security group rules;
- `empty_settings.py` lets what is set to nothing be nothing;
- `elbv2.py` keeps what they drop of Network Load Balancers and of listeners;
- `ecs_tasks.py` lets a task that was run end by itself, with an exit code;
- `kms.py` refuses what KMS refuses;
- `log_groups.py` describes log groups by their names;
- `service_quotas.py` answers Service Quotas;
- `simulation.py` answers IAM's policy simulator;
- `tagging.py` answers the Resource Groups Tagging API.

It also gives moto ministack's way of keeping tests apart: a 12-digit access key id is the account. It counts:
`GET /_supplement/calls/ACCOUNT` tells how often each operation was asked for. And it can be slow: `GET
/_supplement/latency/MS` lets every answer take that many milliseconds more from then on. And it can refuse: see
`refusals.py`.
"""

import collections
import http.client
import re
import select
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import application_autoscaling
import client_tokens
import cloudwatch_cbor
import conditional_writes
import database_settings
import ec2_network
import ec2_security
import ecs_tasks
import elbv2
import empty_settings
import kms
import log_groups
import refusals
import service_quotas
import simulation
import tagging
from wire import INSIDE, Request, Response

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
# What is between two neighbours only; `Expect` was answered before the body was read.
HOP_BY_HOP = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}


class Upstream:
    """The emulator. One kept connection per thread, as the server gives each client connection a thread."""

    def __init__(self, kind, port):
        self.kind, self.port, self.local = kind, port, threading.local()

    def __call__(self, request):
        headers = {key: value for key, value in request.headers if key.lower() not in HOP_BY_HOP}
        headers["Content-Length"] = str(len(request.body))
        if self.kind == "moto" and re.fullmatch(r"\d{12}", request.access_key):
            headers["x-moto-account-id"] = request.access_key
        # The emulator closes idle connections at any time. Asking before each request whether it did, instead of
        # sending again after a failure, keeps a create from reaching it twice.
        connection = getattr(self.local, "connection", None)
        if connection is None or connection.sock is None or closed_by_peer(connection.sock):
            connection = self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(request.method, request.path, body=request.body, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except BaseException:
            connection.close()
            raise
        return Response(answer.status, answer.getheaders(), body)


def closed_by_peer(sock):
    # Not select(): it fails from the 1,024th open file on, which many tests at once reach.
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes, which Nagle's algorithm would hold back for 40 ms.
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.read_body()
        found = CREDENTIAL.search(self.headers.get("Authorization", ""))
        access_key, region, service = found.groups() if found else ("", "", "")
        request = Request(self.command, self.path, self.headers.items(), body, access_key, region, service)
        try:
            response = controlled(request, self.server) or answer(request, self.server.upstream)
        except Exception as error:
            # Said aloud: a connection that ends without an answer would be tried again, and only make tests slow.
            traceback.print_exc()
            response = Response(502, [], f"the emulator or its supplement failed: {error!r}".encode())
        self.send_response_only(response.status)
        for key, value in response.headers:
            if key.lower() not in HOP_BY_HOP:
                self.send_header(key, value)
        length = len(response.body)
        if self.command == "HEAD":
            # Says the size of what a GET would send.
            length = next((value for key, value in response.headers if key.lower() == "content-length"), 0)
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any

    def log_message(self, *_):
        """The emulator logs already."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    latency = 0


calls = collections.defaultdict(collections.Counter)


def controlled(request, server):
    """Counts a call, lets it take its time, and refuses it in its turn; or answers what a test asks of the supplement."""
    _, _, asked = request.path.partition("/_supplement/")
    if asked.startswith("calls/"):
        return Response.of_json(calls[asked.rpartition("/")[2]])
    if asked.startswith("latency/"):
        server.latency = int(asked.rpartition("/")[2]) / 1_000
        return Response.of_json({})
    if asked.startswith("refuse/"):
        _, account, number = asked.split("/")
        refusals.refuse(account, int(number))
        return Response.of_json({})
    if asked.startswith("fail/"):
        _, account, operation, code, times = asked.split("/")
        refusals.fail(account, operation, code, int(times))
        return Response.of_json({})
    if asked.startswith("deny/"):
        _, account, action = asked.split("/")
        simulation.deny(account, action)
        return Response.of_json({})
    if asked.startswith("forbid/"):
        _, account, action = asked.split("/")
        simulation.forbid(account, action)
        return Response.of_json({})
    if asked.startswith("allow/"):
        _, account, action, resource = asked.split("/", 3)
        simulation.allow(account, action, resource)
        return Response.of_json({})
    if asked.startswith("quota/"):
        _, account, code, limit = asked.split("/")
        service_quotas.limit(account, code, limit)
        return Response.of_json({})
    if asked.startswith("refused/"):
        return Response.of_json(refusals.refused.get(asked.rpartition("/")[2]))
    if request.header(INSIDE):
        return None
    verb = f"{request.method} {request.path.partition('?')[2].partition('=')[0].partition('&')[0]}".strip()
    operation = request.target or request.form.get("Action") or verb
    calls[request.account][f"{request.service}:{operation}"] += 1
    time.sleep(server.latency)
    return refusals.answer(request)


def answer(request, upstream):
    if cloudwatch_cbor.speaks_cbor(request):
        return cloudwatch_cbor.answer(request, upstream)
    if request.service == "application-autoscaling":
        return application_autoscaling.answer(request)
    if request.service in database_settings.OBJECTS and upstream.kind == "ministack":
        return database_settings.answer(request, upstream)
    if request.service == "ec2":
        return client_tokens.answer(request, lambda request: ec2(request, upstream))
    if request.service == "elasticloadbalancing":
        return client_tokens.answer(request, lambda request: elbv2.answer(request, upstream))
    if request.service in ("ecr", "secretsmanager"):
        return client_tokens.answer(request, lambda request: empty_settings.answer(request, upstream))
    if request.service == "ecs":
        return client_tokens.answer(request, lambda request: ecs_tasks.answer(request, upstream))
    if request.service in ("iam", "sts") and (answered := simulation.answer(request)):
        return answered
    if request.service == "tagging":
        return tagging.answer(request, f"http://{request.header('host')}")
    if request.service == "kms":
        return kms.answer(request, upstream)
    if request.service == "logs":
        return client_tokens.answer(request, lambda request: log_groups.answer(request, upstream))
    if request.service == "servicequotas":
        return service_quotas.answer(request)
    if request.service == "s3" and upstream.kind == "moto":
        return conditional_writes.answer(request, upstream)
    return client_tokens.answer(request, upstream)


def ec2(request, upstream):
    return ec2_network.answer(request, lambda request: ec2_security.answer(request, upstream))


def serve(host, kind, emulator_port):
    """Starts the proxy in the background on a free port, and gives its URL."""
    server = Server((host, 0), Handler)
    server.upstream = Upstream(kind, emulator_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{host}:{server.server_address[1]}"
