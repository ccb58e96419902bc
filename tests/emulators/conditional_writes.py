"""A conditional write to S3 is one thing.

moto looks whether the condition holds and writes in two steps, on as many threads as there are requests: two creates of
one object with `If-None-Match: *` can both succeed. By AWS's documentation ("How to prevent object overwrites with
conditional writes") the first to finish succeeds, and the others get 412. So writes go to it one after the other.
"""

import threading

lock = threading.Lock()


def answer(request, upstream):
    if request.method in ("GET", "HEAD"):
        return upstream(request)
    with lock:
        return upstream(request)
