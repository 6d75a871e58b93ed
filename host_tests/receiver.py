"""A webhook's other end: keeps what it is sent, answers what it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """On 127.0.0.1, for as long as the block runs."""

    path = "/hook/secret-part-of-the-address"

    def __init__(self, host="127.0.0.1"):
        self.heard = []
        self.paths = []
        # One status per request; when none is left, 200. A pair is a redirect: status and place.
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.paths.append(self.path)
                receiver.heard.append(json.loads(body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                status, place = answer if isinstance(answer, tuple) else (answer, None)
                self.send_response(status)
                if place:
                    self.send_header("Location", place)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.origin = f"http://{host}:{self.server.server_port}"
        self.url = self.origin + self.path

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
