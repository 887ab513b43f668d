"""A longer cable on loopback: `delayed.py PORT TO_PORT MILLISECONDS` forwards all bytes, each so long after it came. A round trip takes twice that."""

import asyncio
import sys

port, to_port, delay = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000


async def forward(reader, writer):
    on_the_way = asyncio.Queue()

    async def arrive():
        while arrival := await on_the_way.get():
            at, data = arrival
            await asyncio.sleep(at - asyncio.get_running_loop().time())
            writer.write(data)
            await writer.drain()
        writer.close()

    arriving = asyncio.create_task(arrive())
    while data := await reader.read(1 << 16):
        on_the_way.put_nowait((asyncio.get_running_loop().time() + delay, data))
    on_the_way.put_nowait(None)
    await arriving


async def connect(reader, writer):
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", to_port)
    await asyncio.gather(forward(reader, there_writer), forward(there_reader, writer), return_exceptions=True)


async def main():
    async with await asyncio.start_server(connect, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main())
