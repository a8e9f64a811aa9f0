"""The scope matrix: a role in, what it may do out; a user, a scope and a place in, yes or no out."""

from functools import cache

from accounts.models import Membership, Organization, Project, ProjectMembership, Role, User

_O, _A, _M, _V = Role.OWNER, Role.ADMIN, Role.MEMBER, Role.VIEWER

LEAST_ROLE_IN_ORGANIZATION: dict[str, Role] = {
    "projects:create": _A,
    "projects:transfer_org": _A,
    "organization:CRUD_apiKeys": _O,
    "organization:update": _A,
    "organization:delete": _O,
    "organizationMembers:CUD": _A,
    "organizationMembers:read": _M,
    "langfuseCloudBilling:CRUD": _O,
    "auditLogs:read": _A,
}
"""The lowest role that has each scope of an organization; every higher one has it too."""

LEAST_ROLE_IN_PROJECT: dict[str, Role] = {
    "projectMembers:read": _M,
    "projectMembers:CUD": _A,
    "apiKeys:read": _M,
    "apiKeys:CUD": _A,
    "objects:publish": _M,
    "objects:bookmark": _M,
    "objects:tag": _M,
    "traces:delete": _A,
    "scores:CUD": _M,
    "scoreConfigs:CUD": _M,
    "scoreConfigs:read": _V,
    "annotationQueues:read": _V,
    "annotationQueues:CUD": _M,
    "annotationQueueAssignments:read": _M,
    "annotationQueueAssignments:CUD": _A,
    "project:read": _V,
    "project:update": _A,
    "project:delete": _O,
    "integrations:CRUD": _A,
    "datasets:read": _V,
    "datasets:CUD": _M,
    "prompts:CUD": _M,
    "prompts:read": _V,
    "promptProtectedLabels:CUD": _A,
    "dashboards:read": _V,
    "dashboards:CUD": _M,
    "models:CUD": _A,
    "batchExports:create": _M,
    "batchExports:read": _M,
    "evalTemplate:CUD": _M,
    "evalTemplate:read": _V,
    "evalJob:read": _V,
    "evalJob:CUD": _M,
    "evalJobExecution:read": _V,
    "evalDefaultModel:read": _V,
    "evalDefaultModel:CUD": _M,
    "llmApiKeys:read": _V,
    "llmApiKeys:create": _A,
    "llmApiKeys:update": _A,
    "llmApiKeys:delete": _A,
    "llmSchemas:CUD": _M,
    "llmSchemas:read": _V,
    "llmTools:CUD": _M,
    "llmTools:read": _V,
    "playground:execute": _M,
    "comments:CUD": _M,
    "comments:read": _V,
    "promptExperiments:CUD": _M,
    "promptExperiments:read": _V,
    "auditLogs:read": _A,
    "TableViewPresets:CUD": _M,
    "TableViewPresets:read": _V,
    "automations:CUD": _A,
    "automations:read": _V,
    "alerts:read": _V,
    "alerts:CUD": _M,
}
"""The lowest role that has each scope of a project; every higher one has it too."""


@cache
def scopes_of(role: Role) -> frozenset[str]:
    """Return what a role may do in a project."""
    return frozenset(scope for scope, least in LEAST_ROLE_IN_PROJECT.items() if role.rank >= least.rank)


@cache
def organization_scopes_of(role: Role) -> frozenset[str]:
    """Return what a role may do in an organization."""
    return frozenset(s for s, least in LEAST_ROLE_IN_ORGANIZATION.items() if role.rank >= least.rank)


def effective_role(organization_role: Role, project_role: Role | None) -> Role:
    """Return the role that holds in a project: its own where there is one other than NONE."""
    if project_role is None or project_role is Role.NONE:
        return organization_role
    return project_role


def role_in_organization(user: User, organization: Organization) -> Role:
    """Return the user's role, OWNER for admins of the installation, NONE for strangers."""
    if user.is_superuser:
        return Role.OWNER
    role = (
        Membership.objects.filter(user_id=user.pk, organization=organization)
        .values_list("role", flat=True)
        .first()
    )
    return Role(role) if role else Role.NONE


def role_in_project(user: User, project: Project) -> Role:
    """Return the user's effective role, OWNER for admins of the installation, NONE for strangers."""
    if user.is_superuser:
        return Role.OWNER
    membership = Membership.objects.filter(user_id=user.pk, organization_id=project.organization_id).first()
    if membership is None:
        return Role.NONE
    own = (
        ProjectMembership.objects.filter(membership=membership, project=project)
        .values_list("role", flat=True)
        .first()
    )
    return effective_role(Role(membership.role), Role(own) if own else None)


def can(
    user: User, scope: str, *, project: Project | None = None, organization: Organization | None = None
) -> bool:
    """Say whether the user has the scope in the project, or in the organization where no project is given."""
    if not user.is_active:
        return False
    if project is not None:
        return project.deleted_at is None and scope in scopes_of(role_in_project(user, project))
    if organization is None:
        raise ValueError("A scope is held in a project or in an organization")
    return scope in organization_scopes_of(role_in_organization(user, organization))


def projects_of(user: User) -> list[Project]:
    """Return the projects that the user may read, by organization and name."""
    return [project for project, _ in roles_in_projects(user)]


def roles_in_projects(user: User) -> list[tuple[Project, Role]]:
    """Return the projects that the user may read with the role in each, by organization and name."""
    projects = Project.objects.living().select_related("organization").order_by("organization__name", "name")
    if user.is_superuser:
        return [(project, Role.OWNER) for project in projects]
    roles = dict(Membership.objects.filter(user_id=user.pk).values_list("organization_id", "role"))
    own = dict(
        ProjectMembership.objects.filter(membership__user_id=user.pk).values_list("project_id", "role")
    )
    readable: list[tuple[Project, Role]] = []
    for project in projects.filter(organization_id__in=roles):
        project_role = Role(own[project.id]) if project.id in own else None
        role = effective_role(Role(roles[project.organization_id]), project_role)
        if role is not Role.NONE:
            readable.append((project, role))
    return readable


def members_with_role(project: Project, *, least: Role) -> list[User]:
    """Return the active people whose effective role in the project is this one or higher, by address."""
    memberships = Membership.objects.filter(
        organization_id=project.organization_id, user__is_active=True
    ).select_related("user")
    own = dict(ProjectMembership.objects.filter(project=project).values_list("membership_id", "role"))

    def rank(membership: Membership) -> int:
        project_role = Role(own[membership.pk]) if membership.pk in own else None
        return effective_role(Role(membership.role), project_role).rank

    return [one.user for one in memberships.order_by("user__email") if rank(one) >= least.rank]
