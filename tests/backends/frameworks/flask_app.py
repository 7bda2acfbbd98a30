# Flask behind a proxy, as its documentation sets it up with ProxyFix. `override` adds the recipe for method
# overrides from Flask's documentation.
import json
import os
import sys
import threading

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import WSGIRequestHandler, make_server

SETTINGS = json.loads(os.environ["BACKEND"])
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
telling = threading.Lock()


def write(line):
    with telling:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def tell(handler):
    fields = request.environ["fields"]
    told = {
        "handler": handler,
        "method": request.method,
        "path": request.environ["REQUEST_URI"],
        "host": request.host,
        "scheme": request.scheme,
        "prefix": request.script_root,
        "id": next((value for name, value in fields if name.lower() == "x-case"), None),
        "fields": fields,
        "headers": {name.lower(): value for name, value in request.headers.items()},
    }
    write(json.dumps(told))
    return told


class MethodOverride:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        method = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if method in METHODS:
            environ["REQUEST_METHOD"] = method
        return self.app(environ, start_response)


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def make_environ(self):
        return {**super().make_environ(), "fields": list(self.headers.items())}

    def log(self, *_):
        pass


app = Flask(__name__)


def add(handler, path):
    app.add_url_rule(path, handler, lambda **_: tell(handler), methods=METHODS)


for name, path in SETTINGS["handlers"].items():
    add(name, "/".join(f"<{part[1:]}>" if part.startswith(":") else part for part in path.split("/")))
app.register_error_handler(404, lambda _: (tell(None), 404))
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)
if SETTINGS.get("override"):
    app.wsgi_app = MethodOverride(app.wsgi_app)

server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
write(json.dumps({"port": server.server_port}))
for line in sys.stdin:
    write(line.rstrip("\n"))
