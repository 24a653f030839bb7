"""Python FastMCP over HTTP, stateless, one tool. `fastmcp_http.py <port>`"""
import sys

from fastmcp import FastMCP

server = FastMCP("fastmcp-python")


@server.tool
def echo(message: str) -> str:
    return message


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), path="/mcp", stateless_http=True, json_response=True, show_banner=False, log_level="ERROR", uvicorn_config={"access_log": False})
