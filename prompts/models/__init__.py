"""The tables of prompts."""

from prompts.models.changes import (
    ChangeRequestReview,
    ChangeStatus,
    MoveCause,
    PromptChangeRequest,
    PromptLabelMove,
    Verdict,
)
from prompts.models.fetches import PromptFetch
from prompts.models.rules import PromptGeneration, PromptPolicy, ProtectedLabel
from prompts.models.uploads import PromptUpload
from prompts.models.versions import Prompt, PromptDependency, PromptLabel, PromptType, PromptVersion

__all__ = [
    "ChangeRequestReview",
    "ChangeStatus",
    "MoveCause",
    "Prompt",
    "PromptChangeRequest",
    "PromptDependency",
    "PromptFetch",
    "PromptGeneration",
    "PromptLabel",
    "PromptLabelMove",
    "PromptPolicy",
    "PromptType",
    "PromptUpload",
    "PromptVersion",
    "ProtectedLabel",
    "Verdict",
]
