"""A proxy in front of gcp-storage-emulator, for the part of Google Cloud Storage that it does not have.

The emulator speaks the JSON API. Of the XML API, which the client of stack's backend speaks, it has plain downloads and
uploads only: no listing, no deletion, no generations and no preconditions. This answers those five requests as Google
documents them (https://cloud.google.com/storage/docs/xml-api/reference-methods), on top of the JSON API, and passes
everything else through.

One lock serializes all of it: whether a precondition holds and the write that it guards must be one thing.
"""

import email.utils
import json
import threading
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class Upstream:
    """The emulator."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def __call__(self, method, path, body=None, content_type="application/octet-stream"):
        headers = {"Content-Type": content_type} if body is not None else {}
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def need_bucket(self, bucket):
        if self("GET", f"/storage/v1/b/{bucket}")[0] == 404:
            raise Refused(404, "NoSuchBucket")

    def metadata(self, bucket, name):
        """What is known of an object, or None."""
        status, body = self("GET", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}")
        return json.loads(body) if status == 200 else None


def headers_of(metadata):
    updated = datetime.fromisoformat(metadata["updated"].replace("Z", "+00:00"))
    return {
        "ETag": f'"{metadata["etag"]}"',
        "Last-Modified": email.utils.format_datetime(updated, usegmt=True),
        "x-goog-generation": metadata["generation"],
        "x-goog-metageneration": metadata["metageneration"],
    }


def put(upstream, bucket, name, wanted, body):
    upstream.need_bucket(bucket)
    found = upstream.metadata(bucket, name)
    if wanted is not None and wanted != (found["generation"] if found else "0"):
        raise Refused(412, "PreconditionFailed")
    upstream("PUT", f"/{bucket}/{urllib.parse.quote(name)}", body)
    return 200, headers_of(upstream.metadata(bucket, name)), b""


def get(upstream, bucket, name):
    upstream.need_bucket(bucket)
    found = upstream.metadata(bucket, name)
    if found is None:
        raise Refused(404, "NoSuchKey")
    _, body = upstream("GET", f"/{bucket}/{urllib.parse.quote(name)}")
    return 200, {**headers_of(found), "Content-Type": "application/octet-stream"}, body


def delete(upstream, bucket, name):
    upstream.need_bucket(bucket)
    if upstream.metadata(bucket, name) is None:
        raise Refused(404, "NoSuchKey")
    upstream("DELETE", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}")
    return 204, {}, b""


def ls(upstream, bucket, query):
    """Lists everything below a prefix in one page; with a delimiter, what is below one of them only by its folder."""
    upstream.need_bucket(bucket)
    prefix = query.get("prefix", [""])[0]
    delimiter = query.get("delimiter", [""])[0]
    asked = {"prefix": prefix}
    found = []
    while True:
        _, body = upstream("GET", f"/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(asked)}")
        page = json.loads(body)
        found.extend(page.get("items", []))
        if "nextPageToken" not in page:
            break
        asked["pageToken"] = page["nextPageToken"]
    start = query.get("start-after", [""])[0]
    folders = set()
    if delimiter:
        below = [(item, item["name"][len(prefix):].split(delimiter, 1)) for item in found]
        folders = {prefix + parts[0] + delimiter for _, parts in below if len(parts) > 1}
        found = [item for item, parts in below if len(parts) == 1]
    contents = "".join(
        f"<Contents><Key>{escape(item['name'])}</Key><Size>{item['size']}</Size>"
        f"<LastModified>{item['updated']}</LastModified><ETag>\"{escape(item['etag'])}\"</ETag></Contents>"
        for item in sorted(found, key=lambda item: item["name"])
        if item["name"] > start
    )
    contents += "".join(
        f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)
    )
    text = f"<?xml version='1.0' encoding='UTF-8'?><ListBucketResult>{contents}</ListBucketResult>"
    return 200, {"Content-Type": "application/xml"}, text.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.server.lock:
                status, headers, answer = self.answer(body)
        except Refused as refused:
            status, headers = refused.status, {"Content-Type": "application/xml"}
            answer = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{refused.code}</Code></Error>".encode()
        except Exception as error:
            traceback.print_exc()
            status, headers, answer = 500, {}, f"the emulator or its proxy failed: {error!r}".encode()
        self.send_response_only(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def answer(self, body):
        path, _, query = self.path.partition("?")
        upstream = self.server.upstream
        if path == "/" or path.startswith(("/storage/v1/", "/upload/storage/")):
            status, answer = upstream(self.command, self.path, body or None, "application/json")
            return status, {"Content-Type": "application/json"}, answer
        bucket, _, name = urllib.parse.unquote(path.lstrip("/")).partition("/")
        if self.command == "GET" and not name:
            return ls(upstream, bucket, urllib.parse.parse_qs(query))
        if self.command == "PUT" and name:
            return put(upstream, bucket, name, self.headers.get("x-goog-if-generation-match"), body)
        if self.command in ("GET", "HEAD") and name:
            return get(upstream, bucket, name)
        if self.command == "DELETE" and name:
            return delete(upstream, bucket, name)
        raise Refused(405, "MethodNotAllowed")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_):
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(host, emulator_port):
    """Starts the proxy in the background on a free port, and gives its URL."""
    server = Server((host, 0), Handler)
    server.upstream = Upstream(emulator_port)
    server.lock = threading.Lock()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{host}:{server.server_address[1]}"
