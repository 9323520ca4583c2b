"""How far a training of a given length is."""

import time


class Progress:
    """A training that lasts so many minutes of the main thread's time on a processor, so that a pause or other work on the machine
    costs none of them."""

    def __init__(self, name, minutes):
        self.name, self.limit = name, minutes * 60
        self.start = self.said = time.thread_time()
        self.step = 0

    @property
    def seconds(self):
        return time.thread_time() - self.start

    @property
    def share(self):
        """From 0 at the start to 1 at the end."""
        return self.seconds / self.limit if self.limit else 1

    def stepped(self):
        """Counts a step; says whether half a minute has passed since one was told."""
        self.step += 1
        return time.thread_time() - self.said > 30

    def tell(self, text):
        self.said = time.thread_time()
        print('%s t %ds step %d %s' % (self.name, self.seconds, self.step, text), flush=True)
