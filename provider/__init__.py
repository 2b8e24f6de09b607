"""Celery's application is loaded with the package, so that whoever publishes reaches the queue of the settings."""

from .celery import app as celery_app

__all__ = ["celery_app"]
