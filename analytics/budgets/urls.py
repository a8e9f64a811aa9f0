"""The routes of the pages of budgets."""

from django.urls import path

from analytics.budgets import pages

_BUDGET = "project/<row_id:project_id>/budget"

urlpatterns = [
    path(_BUDGET, pages.budget, name="budget"),
    path(f"{_BUDGET}/delete", pages.remove_budget, name="remove_budget"),
    path(f"{_BUDGET}/secret", pages.renew_secret, name="renew_secret"),
    path(f"{_BUDGET}/test", pages.send_test_notice, name="send_test_notice"),
]
