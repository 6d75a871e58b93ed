"""Sends one reading per scripted answer through our session or the runtime's own library; prints outcomes."""

import json
import os

from miniviz import client, http, port

TOKEN = "s3cret/token+ü"
client.TIMEOUT_S = 1
post = http.Session().post if os.getenv("TRANSPORT") == "session" else port.urequests().post

for name in os.getenv("ANSWERS").split(","):
    for auth in ("query", "bearer"):
        sender = client.Client(
            os.getenv("URL"),
            name,
            TOKEN if auth == "query" else "plain-token",
            auth,
            post,
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
