"""The project as a Django app: brings its commands, checks and the Celery application into every process."""

from django.apps import AppConfig

from langfuse_site import celery, checks

__all__ = ["SiteConfig", "celery", "checks"]


class SiteConfig(AppConfig):
    name = "langfuse_site"
