"""A story told in the background, while the daemon is stopped at a place on the way."""
import threading
import time


class Teller(threading.Thread):
    """Tells STEPS of a play's story (all of it); what goes wrong is raised by done()."""

    def __init__(self, play, steps=None):
        super().__init__()
        self.play, self.steps, self.error = play, steps, None
        self.start()

    def run(self):
        try:
            self.play.tell(self.steps)
        except BaseException as e:  # handed to whoever waits
            self.error = e

    def wait_stopped(self, seconds=40):
        """Whether the daemon came to the place where it stops."""
        end = time.time() + seconds
        while time.time() < end:
            if self.play.first.alive() and self.play.first.stopped():
                return True
            if self.error:
                raise self.error
            if not self.is_alive() and not self.play.first.armed() and not self.play.first.stopping():
                return False
            if not self.is_alive():  # else it is the teller who starts a dead daemon again
                self.play.revive()
            time.sleep(0.01)
        return False

    def done(self):
        self.play.first.go_on()
        self.join()
        if self.error:
            raise self.error
