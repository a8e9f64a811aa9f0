"""The routes of the pages of prompts; names hold slashes, so nothing else stands below `prompts/`."""

from django.urls import path

from prompts.ui import views

_PROJECT = "project/<row_id:project_id>"

urlpatterns = [
    path(f"{_PROJECT}/prompts", views.prompts, name="prompts"),
    path(f"{_PROJECT}/prompt", views.prompt_by_key, name="prompt_by_key"),
    path(f"{_PROJECT}/prompt-text", views.prompt_text, name="prompt_text"),
    path(f"{_PROJECT}/prompts/<client_id:name>", views.prompt, name="prompt"),
]
