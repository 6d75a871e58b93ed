"""Sends one reading per scripted answer with the runtime's own requests library; prints the outcomes."""

import json
import os

from miniviz import client, port

TOKEN = "s3cret/token+ü"
client.TIMEOUT_S = 1

for name in os.getenv("ANSWERS").split(","):
    for auth in ("query", "bearer"):
        sender = client.Client(
            os.getenv("URL"),
            name,
            TOKEN if auth == "query" else "plain-token",
            auth,
            port.urequests().post,
            lambda: None,
        )
        outcome = sender.send(1731129600000, "日本 balcony", {"temperature": 23.4, "note": "ok"})
        print(
            json.dumps(
                {
                    "answer": name,
                    "auth": auth,
                    "kind": client.NAMES[outcome.kind],
                    "status": outcome.status,
                    "reason": outcome.reason,
                    "retry_after": outcome.retry_after,
                }
            )
        )
