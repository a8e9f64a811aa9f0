"""The routes of prompts below `/api/public/`; names hold slashes, which clients send bare or escaped."""

from django.urls import URLPattern, URLResolver, path, re_path

from prompts.api.views import FirstPromptView, PromptListView, PromptVersionView, PromptView

urlpatterns: list[URLPattern | URLResolver] = [
    path("prompts", FirstPromptView.as_view()),
    path("v2/prompts", PromptListView.as_view()),
    re_path(r"^v2/prompts/(?P<name>[\s\S]+)/versions/(?P<version>[0-9]+)$", PromptVersionView.as_view()),
    re_path(r"^v2/prompts/(?P<name>[\s\S]+)$", PromptView.as_view()),
]
