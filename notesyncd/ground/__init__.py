"""From a reader's answer to a transcript: reading order, word ids, and the place of each word on the page."""
