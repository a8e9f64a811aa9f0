"""The routes of prompts as files; beside `prompts/`, below which every path is the name of a prompt."""

from django.urls import path

from prompts.ui import files

_FILES = "project/<row_id:project_id>/prompt-files"

urlpatterns = [
    path(f"{_FILES}/export", files.export_prompts, name="export_prompts"),
    path(f"{_FILES}/import", files.import_prompts, name="import_prompts"),
    path(f"{_FILES}/import/<row_id:upload_id>", files.upload, name="prompt_upload"),
]
