"""Opens files in yaml-language-server as an editor does, over its standard input and output."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
SETTINGS = {"yaml": {"validate": True, "hover": True, "schemaStore": {"enable": False}}}


class LanguageServer:
    def __enter__(self):
        command = ["node", str(SERVER), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.asked = 0
        self.shown = {}
        self.ask(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {"workspace": {"configuration": True}}}
        )
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(self, *_):
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.process.communicate(timeout=30)

    def open(self, path):
        """The diagnostics of a file, as (line, message), lines counted from 1."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": path.read_text(encoding="utf-8")}
        self.tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self.shown:
            self.receive()
        return [(found["range"]["start"]["line"] + 1, found["message"]) for found in self.shown.pop(uri)]

    def hover(self, path, line, column):
        place = {"line": line - 1, "character": column - 1}
        answer = self.ask("textDocument/hover", {"textDocument": {"uri": path.as_uri()}, "position": place})
        return answer["contents"]["value"] if answer else ""

    def ask(self, method, params):
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.asked and "method" not in message:
                return message["result"]

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while (header := self.process.stdout.readline().strip()) or not length:
            if not header and self.process.poll() is not None:
                raise RuntimeError("yaml-language-server ended")
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
            answer = None if asked is None else [SETTINGS.get(item.get("section")) for item in asked]
            self.send({"id": message["id"], "result": answer})
        return message
