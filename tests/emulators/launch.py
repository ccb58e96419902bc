"""Runs one emulator behind its proxy, in one process, for as long as stdin stays open.

    python launch.py moto | ministack | cloud_storage

Prints `ready http://127.0.0.1:PORT` on stdout once the emulator answers; everything else goes to stderr. The end of
stdin ends it at once: whoever holds the other end may die in any way and leaves nothing behind.
"""

import contextlib
import os
import socket
import sys
import tempfile
import threading
import time
import traceback
import urllib.request

# Here and not in a thread: imports in two threads at once can deadlock, and Python breaks that by failing one.
import cloud_storage
import supplement

LOOPBACK = "127.0.0.1"
ACCOUNT = "123456789012"
READY_WITHIN = 90.0

# Settings of a developer's shell must not reach an emulator: it would behave differently from one machine to another.
FOREIGN = ("AWS_", "MOTO_", "MINISTACK_", "LOCALSTACK_", "SERVICES", "PERSIST", "STATE_DIR", "S3_", "RDS_", "ECS_", "STORAGE_")

SETTINGS = {
    "moto": {
        # Certificates are pending at first and issued soon, as a waiter needs it.
        "MOTO_ACM_VALIDATION_WAIT": "1",
        # Without it no AWS managed policy can be attached.
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    },
    "ministack": {
        "BIND_HOST": LOOPBACK,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LOG_LEVEL": "WARNING",
        # Both listen on a fixed port on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    },
    # Google's, from gcp-storage-emulator. Everything is kept in memory.
    "cloud_storage": {},
}

# What answers once the emulator does.
HEALTH = {"moto": "/moto-api/", "ministack": "/_ministack/health", "cloud_storage": "/"}


def reserve_port():
    """A socket that keeps a free port from everybody but the emulator.

    It is bound and never listens. Linux lets a second socket share such a port when both set SO_REUSEADDR, as both
    emulators do, and never hands it to one that asks for any free port.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((LOOPBACK, 0))
    return reserved


def end_with_stdin():
    while os.read(0, 4096):
        pass
    os._exit(0)


def run_emulator(kind, port):
    """Serves until the process ends. Both emulators want the main thread, for their signal handlers."""
    if kind == "moto":
        from moto.server import main

        main(["-H", LOOPBACK, "-p", str(port)])
    elif kind == "cloud_storage":
        from gcp_storage_emulator.server import create_server

        create_server(LOOPBACK, port, in_memory=True).run()
    else:
        os.environ["GATEWAY_PORT"] = str(port)
        sys.argv = ["ministack"]
        from ministack.app import main

        main()


def announce(kind, port, endpoint, stdout):
    """Says `ready` once the emulator answers. Runs beside the emulator, which owns the main thread."""
    health = HEALTH[kind]
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            urllib.request.urlopen(endpoint + health, timeout=5).read()
            break
        except Exception:
            if time.monotonic() > deadline:
                traceback.print_exc()
                print(f"{kind} did not answer within {READY_WITHIN:.0f} s", file=sys.stderr, flush=True)
                os._exit(1)
            time.sleep(0.05)
    if kind == "ministack":
        # Of no use here, and nobody would remove it: this process ends without warning.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(tempfile.gettempdir(), f"ministack-{port}.pid"))
    os.write(stdout, f"ready {endpoint}\n".encode())


def main():
    kind = sys.argv[1] if len(sys.argv) == 2 else ""
    if kind not in SETTINGS:
        sys.exit(__doc__)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    # What the emulators print must not mix with the one line that the caller reads.
    stdout = os.dup(1)
    os.dup2(2, 1)
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(SETTINGS[kind])
    os.environ["NO_PROXY"] = "*"
    with reserve_port() as reserved:
        port = reserved.getsockname()[1]
        proxied = cloud_storage.serve(LOOPBACK, port) if kind == "cloud_storage" else None
        endpoint = proxied or supplement.serve(LOOPBACK, kind, port)
        threading.Thread(target=announce, args=(kind, port, endpoint, stdout), daemon=True).start()
        run_emulator(kind, port)


main()
