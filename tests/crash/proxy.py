"""A proxy of ours between a daemon and PostgreSQL that reads the protocol and breaks it at a chosen message of a COMMIT."""
import os
import socket
import struct
import threading

CUTS = ("before", "inside", "after", "inside the answer", "after the answer", "inside ready", "after ready")
ANSWERS = ("silent", "warned", "refused", "deallocated")


def frame(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def query(text):
    return frame(b"Q", text.encode() + b"\0")


def report(kind, severity, state, message):
    fields = b"".join(code + value.encode() + b"\0" for code, value in
                      ((b"S", severity), (b"V", severity), (b"C", state), (b"M", message)))
    return frame(kind, fields + b"\0")


class Gone(Exception):
    """One side hung up, or we did."""


class Stream:
    """Whole messages of one side."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def take(self, n):
        while len(self.buffer) < n:
            try:
                more = self.sock.recv(65536)
            except OSError:
                more = b""
            if not more:
                raise Gone
            self.buffer += more
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def startup(self):
        head = self.take(4)
        return head + self.take(struct.unpack("!I", head)[0] - 4)

    def message(self):
        head = self.take(5)
        return head + self.take(struct.unpack("!I", head[1:])[0] - 4)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Gone from None


class Connection:
    """One connection of the daemon's, and ours to the server for it."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(proxy.upstream)
        self.client, self.server = Stream(client), Stream(upstream)
        self.committing = None  # what is done to the COMMIT that is under way
        for pump in (self.to_server, self.to_client):
            threading.Thread(target=self.run, args=(pump,), daemon=True).start()

    def run(self, pump):
        try:
            pump()
        except Gone:
            pass
        self.close()

    def close(self):
        for s in (self.client.sock, self.server.sock):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def to_server(self):
        self.server.send(self.client.startup())
        while True:
            message = self.client.message()
            if message == query("COMMIT"):
                self.committing = self.proxy.next_commit()
                message = self.before(message)
            self.server.send(message)
            if self.committing == "after":
                raise Gone

    def before(self, message):
        if self.committing == "before":
            raise Gone
        if self.committing == "inside":
            self.server.send(message[:3])
            raise Gone
        return query("ROLLBACK") if self.committing == "refused" else message

    def to_client(self):
        while True:
            message = self.server.message()
            if message[:1] == b"K" and self.proxy.pooler:
                message = frame(b"K", struct.pack("!I", 1) + message[9:])
            what = self.committing
            if what == "silent":
                continue
            if what and message[:1] == b"C":
                message = self.answer(what, message)
            elif what and message[:1] == b"Z":
                self.ready(what, message)
            self.client.send(message)
            if (what, message[:1]) in (("after the answer", b"C"), ("after ready", b"Z")):
                raise Gone
            if message[:1] == b"Z":
                self.committing = None

    def answer(self, what, message):
        if what == "inside the answer":
            self.client.send(message[:3])
            raise Gone
        if what == "warned":
            return report(b"N", "WARNING", "01000", "canceling wait for synchronous replication") + message
        if what == "refused":
            return report(b"E", "ERROR", "54000", "too many notifications in the NOTIFY queue")
        return message

    def ready(self, what, message):
        if what == "inside ready":
            self.client.send(message[:3])
            raise Gone
        if what == "deallocated":
            self.server.send(query("DEALLOCATE ALL"))
            while self.server.message()[:1] != b"Z":
                pass


class Proxy:
    """Stands in FOLDER as a server would; what it does to the n-th COMMIT from now on is set by arm()."""

    def __init__(self, folder, upstream):
        self.folder, self.upstream = folder, upstream + "/.s.PGSQL.5432"
        self.path = folder + "/.s.PGSQL.5432"
        self.lock = threading.Lock()
        self.commits = self.nth = 0
        self.what, self.fired, self.pooler = None, False, False
        self.connections, self.listener = [], None
        os.makedirs(folder, exist_ok=True)
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o777)
        self.listener.listen(20)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                self.connections.append(Connection(self, client))
            except OSError:
                if listener is not self.listener:
                    return

    def close(self):
        """As a server that is gone."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            os.unlink(self.path)
        for connection in self.connections:
            connection.close()
        self.connections = []

    def arm(self, nth, what):
        self.nth, self.what = nth, what

    def next_commit(self):
        with self.lock:
            self.commits += 1
            if self.what and self.commits == self.nth:
                self.fired = True
                return self.what
        return None
