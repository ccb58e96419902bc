"""Takes traces as a collector does, and decodes them with OpenTelemetry's own messages.

    python collector.py [STATUS]

Prints its address, then a line of JSON for each request: its path, its headers, its body as it came, and what is in it.
Answers with the status, or with 200; with `silence` it never answers.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

STATUS = sys.argv[1] if len(sys.argv) > 1 else "200"


def say(what):
    print(json.dumps(what), flush=True)


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        say(
            {
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": base64.b64encode(body).decode(),
                "request": MessageToDict(request),
            }
        )
        if STATUS == "silence":
            threading.Event().wait()
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(int(STATUS))
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
server.daemon_threads = True
say(f"http://127.0.0.1:{server.server_port}")
server.serve_forever()
