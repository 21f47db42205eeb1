"""What is written to the log: one line each with its facts, without card numbers, wherever they come from."""

import logging

from smartrec import card_numbers

_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class Formatter(logging.Formatter):
    """The last step before a line is written, so that messages, facts and tracebacks all pass here."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={value}" for name, value in vars(record).items() if name not in _USUAL)
        return super().formatMessage(record) + facts

    def format(self, record: logging.LogRecord) -> str:
        return card_numbers.remove(super().format(record))
