"""A level and a form in, the logging configuration of every process out."""

from typing import Any

import structlog


def logging_config(level: str, *, as_json: bool) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes: one line an event, with its `extra` as key=value."""
    last = structlog.processors.JSONRenderer() if as_json else structlog.processors.LogfmtRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.format_exc_info,
                ],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _plain, last],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"celery": {"level": "WARNING"}, "kombu": {"level": "WARNING"}},
    }


def _plain(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Order the fields for a reader, and turn what is no scalar (a request, an exception) into text."""
    first = {key: event.pop(key) for key in ("timestamp", "level", "logger", "event") if key in event}
    return first | {
        key.replace(" ", "_"): value if isinstance(value, str | int | float) else str(value)
        for key, value in event.items()
    }
