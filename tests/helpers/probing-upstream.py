"""An MCP server over stdio with one tool that tries what it is told, and says how far it came."""
import json
import os
import socket
import sys


def probe(arguments):
    kind, what = arguments["kind"], arguments.get("what", "")
    try:
        if kind == "read":
            return open(what).read().strip()
        if kind == "write":
            open(what, "w").write("written by the upstream")
            return "written"
        if kind == "connect":
            socket.create_connection(("127.0.0.1", int(what)), 2).close()
            return "connected"
        if kind == "environment":
            return json.dumps(dict(os.environ))
        return "%d %s" % (os.getuid(), os.getcwd())
    except OSError as error:
        return "refused: " + str(error)


TOOL = {
    "name": "probe",
    "description": "Tries to read, write or connect.",
    "inputSchema": {"type": "object", "properties": {"kind": {"type": "string"}, "what": {"type": "string"}}, "required": ["kind"]},
}
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "initialize":
        answer["result"] = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "probing", "version": "1"}}
    elif message["method"] == "tools/list":
        answer["result"] = {"tools": [TOOL]}
    elif message["method"] == "tools/call":
        answer["result"] = {"content": [{"type": "text", "text": probe(message["params"]["arguments"])}]}
    else:
        answer["error"] = {"code": -32601, "message": "unknown"}
    print(json.dumps(answer), flush=True)
