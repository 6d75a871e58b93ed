"""A mail server on 127.0.0.1 that keeps what it is given: as much of RFC 5321 as a client needs."""

import email
import email.policy
import socketserver
import threading


class Mailbox:
    """Takes mail for anybody; `refuse` answers every recipient with 550."""

    def __init__(self, refuse=False):
        self.mails, self.logins, self.refuse = [], [], refuse
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self.server.daemon_threads = True
        self.server.mailbox = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Session(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self):
        self.say("220 mailbox")
        sender, recipients = "", []
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                self.say("250-mailbox", "250 AUTH PLAIN")
            elif verb.startswith("AUTH"):
                self.server.mailbox.logins.append(line)
                self.say("235 welcome")
            elif verb.startswith("MAIL FROM:"):
                sender, recipients = line[10:].split()[0].strip("<>"), []
                self.say("250 ok")
            elif verb.startswith("RCPT TO:"):
                recipients.append(line[8:].split()[0].strip("<>"))
                self.say("550 no such person" if self.server.mailbox.refuse else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.keep(sender, recipients)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def keep(self, sender, recipients):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        found = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mailbox.mails.append((sender, recipients, found))
        self.say("250 kept")

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
