"""Where teams edit prompts: pages of Django's admin, each of which calls the services of prompts."""

from prompts.admin.change_requests import ChangeRequestAdmin
from prompts.admin.prompt import PromptAdmin
from prompts.admin.rules import LabelRuleAdmin, PolicyAdmin

__all__ = ["ChangeRequestAdmin", "LabelRuleAdmin", "PolicyAdmin", "PromptAdmin"]
