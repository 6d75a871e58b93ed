# The least the runtime allows: ready bytes on one connection, no check, no queue.
import gc
import os
import socket
import time

host, port = os.getenv("HOST"), int(os.getenv("PORT"))
body = (
    b'{"timestamp": 1790000000000, "label_key": "Local_PC", '
    b'"payload": {"temperature": 23.4, "humidity": 55.1}}'
)
request = (
    b"POST /api/project/p?token=t HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
)
link = socket.socket()
link.connect(socket.getaddrinfo(host, port)[0][-1])
link.setsockopt(6, 1, 1)  # TCP_NODELAY
if os.getenv("ALLOC"):
    gc.disable()
held = gc.mem_alloc()
began = time.ticks_us()
for _ in range(int(os.getenv("COUNT"))):
    link.write(request)
    if b" 201 " not in link.recv(256):
        raise OSError("not stored")
took, held = time.ticks_diff(time.ticks_us(), began), gc.mem_alloc() - held
print('{"us": %d, "alloc": %d}' % (took, held // int(os.getenv("COUNT"))))
link.close()
