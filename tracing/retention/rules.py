"""A project's settings of retention in, the rules that decide about its traces out; saved with an audit line.

Of the rules that fit a trace the most specific one holds: environment and tag, then tag, then environment, then
the project's own days. Of two that are as specific (two tags) the one that keeps longer holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, record
from accounts.models import Project
from accounts.services.projects import clean_retention, update_project
from langfuse_site.lib.errors import InvalidData, issue
from tracing.models import RetentionPolicy, RetentionRule

MAX_RULES = 50
MAX_TEXT = 200
FOREVER = datetime(1, 1, 1, tzinfo=UTC)
"""Nothing is older."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Days for what is in an environment and has a tag; None stands for any of them, and for ever."""

    environment: str | None
    tag: str | None
    days: int | None

    @property
    def rank(self) -> int:
        """Return how specific the rule is: 3 for both, 2 for a tag, 1 for an environment, 0 for the project."""
        return 2 * (self.tag is not None) + (self.environment is not None)

    def cutoff(self, now: datetime) -> datetime:
        """Return the moment before which rows go."""
        return now - timedelta(days=self.days) if self.days else FOREVER


@dataclass(frozen=True, slots=True)
class Policy:
    """`rules`, the project's own days last."""

    rules: tuple[Rule, ...]
    keep_bookmarked: bool = False
    keep_scored: bool = False
    keep_experiments: bool = False

    @property
    def days(self) -> int | None:
        """Return the project's own days."""
        return self.rules[-1].days

    @property
    def has_end(self) -> bool:
        """Say whether anything ever expires."""
        return any(rule.days for rule in self.rules)

    def newest_cutoff(self, now: datetime) -> datetime:
        """Return the moment since which everything is kept."""
        return max(rule.cutoff(now) for rule in self.rules)

    def oldest_cutoff(self, now: datetime) -> datetime:
        """Return the moment before which nothing is kept but by choice."""
        return min(rule.cutoff(now) for rule in self.rules)

    def cutoffs(self, now: datetime) -> dict[str | None, datetime]:
        """Return the moment of each environment that has a rule, and under None that of all others."""
        return {rule.environment: rule.cutoff(now) for rule in self.rules if rule.tag is None}

    def columns(self, now: datetime) -> dict[str, list[Any]]:
        """Return the rules as columns of `unnest`."""
        return {
            "environments": [rule.environment for rule in self.rules],
            "tags": [rule.tag for rule in self.rules],
            "ranks": [rule.rank for rule in self.rules],
            "cutoffs": [rule.cutoff(now) for rule in self.rules],
        }


def policy_of(project: Project) -> Policy:
    """Return what is saved."""
    rules = RetentionRule.objects.filter(project_id=project.id).order_by("environment", "tag")
    kept = RetentionPolicy.objects.filter(project_id=project.id).first() or RetentionPolicy()
    return Policy(
        rules=(
            *(Rule(rule.environment, rule.tag, rule.days) for rule in rules),
            Rule(None, None, project.retention_days or None),
        ),
        keep_bookmarked=kept.keep_bookmarked,
        keep_scored=kept.keep_scored,
        keep_experiments=kept.keep_experiments,
    )


def clean_policy(days: int | None, rules: Sequence[Rule], **kept: bool) -> Policy:
    """Return a policy of what somebody typed; raise InvalidData."""
    if len(rules) > MAX_RULES:
        raise InvalidData([issue(["rules"], f"At most {MAX_RULES} rules")])
    cleaned = [replace(rule, days=clean_retention(rule.days)) for rule in rules]
    if any(rule.rank == 0 for rule in cleaned):
        raise InvalidData([issue(["rules"], "A rule names an environment, a tag, or both")])
    if len({(rule.environment, rule.tag) for rule in cleaned}) < len(cleaned):
        raise InvalidData([issue(["rules"], "Two rules name the same environment and tag")])
    return Policy(rules=(*cleaned, Rule(None, None, clean_retention(days))), **kept)


def save_policy(project: Project, policy: Policy, *, author: Author) -> None:
    """Replace what is saved; the next run goes by it."""
    kept = {
        "keep_bookmarked": policy.keep_bookmarked,
        "keep_scored": policy.keep_scored,
        "keep_experiments": policy.keep_experiments,
        "updated_at": timezone.now(),
    }
    with transaction.atomic():
        before = policy_of(Project.objects.select_for_update().get(pk=project.pk))
        if before.days != policy.days:
            update_project(project, {"retention_days": policy.days}, author=author)
        RetentionPolicy.objects.update_or_create(project=project, defaults=kept)
        RetentionRule.objects.filter(project=project).delete()
        RetentionRule.objects.bulk_create(
            RetentionRule(project=project, environment=rule.environment, tag=rule.tag, days=rule.days)
            for rule in policy.rules[:-1]
        )
        record(
            author,
            "update",
            resource_type="retention",
            resource_id=project.id,
            project=project,
            before=policy_shape(before),
            after=policy_shape(policy),
        )


def policy_shape(policy: Policy) -> dict[str, Any]:
    """Return what the audit log keeps of a policy."""
    return {
        "retentionDays": policy.days,
        "rules": [
            {"environment": rule.environment, "tag": rule.tag, "days": rule.days}
            for rule in policy.rules[:-1]
        ],
        "keepBookmarked": policy.keep_bookmarked,
        "keepScored": policy.keep_scored,
        "keepExperiments": policy.keep_experiments,
    }
