"""A proxy that delays what passes through it, and cuts connections in the middle of a request or an answer.

Its own thread. What it does wrong is set from outside at any time: `delay_seconds_max`, `cut_share`.
"""

import asyncio
import contextlib
import random
import threading

CHUNK_BYTES = 65_536


class Proxy:
    """From `listen` to `target`; each is a port of 127.0.0.1, or the path of a socket. Port 0 chooses one."""

    def __init__(self, listen, target, seed=0):
        self.listen, self.target = listen, target
        self.random = random.Random(seed)
        self.delay_seconds_max = 0.0  # each chunk waits for a random part of it
        self.cut_share = 0.0  # of the chunks: a part of it arrives, then the connection is gone
        self.passed = self.cuts = self.delayed = 0  # chunks
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        try:
            self.server = self.run(self.serve())
        except OSError:
            self.stop()
            raise
        if not isinstance(self.listen, str):
            self.listen = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self.run(self.end())
        self.stop()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def heal(self):
        self.delay_seconds_max = self.cut_share = 0.0

    def cut_all(self):
        """Every connection that is open now. How many."""
        return self.run(self.abort_all())

    async def abort_all(self):
        open_now = list(self.writers)
        for writer in open_now:
            writer.transport.abort()
        return len(open_now) // 2  # each has two ends

    async def serve(self):
        if isinstance(self.listen, str):
            return await asyncio.start_unix_server(self.on_connection, self.listen)
        return await asyncio.start_server(self.on_connection, "127.0.0.1", self.listen)

    async def end(self):
        self.server.close()
        await self.abort_all()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted is closed by the loop's next turn

    async def on_connection(self, reader, writer):
        ends = [writer]
        self.writers.add(writer)
        try:
            if isinstance(self.target, str):
                far_reader, far_writer = await asyncio.open_unix_connection(self.target)
            else:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            ends.append(far_writer)
            self.writers.add(far_writer)
            await asyncio.gather(self.carry(reader, far_writer, writer), self.carry(far_reader, writer, far_writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:  # nobody may be left with a connection that nobody carries
            for end in ends:
                end.transport.abort()
                self.writers.discard(end)

    async def carry(self, reader, to, back):
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self.delay_seconds_max:
                    self.delayed += 1
                    await asyncio.sleep(self.random.uniform(0, self.delay_seconds_max))
                if self.random.random() < self.cut_share:
                    self.cuts += 1
                    to.write(chunk[:self.random.randrange(len(chunk))])
                    await to.drain()
                    break
                self.passed += 1
                to.write(chunk)
                await to.drain()
        # What was written goes out; then there is nobody any more, in both directions.
        for end in (to, back):
            with contextlib.suppress(OSError, RuntimeError):
                end.close()
