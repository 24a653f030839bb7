"""Python FastMCP over stdio."""
from fastmcp import FastMCP

server = FastMCP("fastmcp-python")


@server.tool
def ping() -> str:
    return "pong"


@server.tool
def echo(message: str) -> str:
    return message


server.run(show_banner=False, log_level="ERROR")
