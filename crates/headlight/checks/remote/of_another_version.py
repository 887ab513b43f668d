"""A server that refuses every client, since it speaks version 3 of Burn's remote protocol: `of_another_version.py HOST PORT`.

The refusal's bytes are those of burn-remote 0.22.1, `shared/task.rs`, which never change from one version to another.
"""

import base64
import hashlib
import socket
import sys

REFUSAL = b"\x92\x81\xabInitRefused\x81\xb4IncompatibleProtocol\x91\x03\x00"

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    client, _ = listener.accept()
    with client:
        request = b""
        while b"\r\n\r\n" not in request and (more := client.recv(4096)):
            request += more
        if b"\r\n\r\n" not in request:
            continue  # it only knocked
        lines = request.decode().split("\r\n")
        key = next(line.split(": ")[1] for line in lines if line.lower().startswith("sec-websocket-key: "))
        digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        client.sendall(f"{accepted}Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n\r\n".encode())
        client.recv(4096)  # what the client presents
        client.sendall(bytes([0x82, len(REFUSAL)]) + REFUSAL)
        client.recv(4096)
