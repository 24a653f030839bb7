"""Lists and calls over the transport it is given, as {"mode", "url", "key"} or {"mode", "command", "args", "env"} on stdin."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


async def main() -> None:
    given = json.load(sys.stdin)
    if "url" in given:
        http_client = create_mcp_http_client(headers={"Authorization": f"Bearer {given['key']}"})
        server = streamable_http_client(given["url"], http_client=http_client)
    else:
        server = StdioServerParameters(command=given["command"], args=given["args"], env=given["env"])
    async with Client(server, mode=given["mode"]) as client:
        tools = await client.list_tools()
        called = await client.call_tool("echo", {"message": "from Python"})
        resources = await client.list_resources()
        refused = None
        try:
            await client.call_tool("no_such_tool", {})
        except Exception as error:
            refused = getattr(getattr(error, "error", error), "code", None)
        print(
            json.dumps(
                {
                    "version": client.protocol_version,
                    "tools": [tool.name for tool in tools.tools],
                    "result": called.structured_content,
                    "resources": [str(resource.uri) for resource in resources.resources],
                    "refused": refused,
                }
            )
        )


asyncio.run(main())
