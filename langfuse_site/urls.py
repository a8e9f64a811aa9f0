"""Every route of the site."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from accounts.admin_site import site
from tracing.api.metrics import metrics

# Swagger UI's page has a block of style in it; its scripts come from files.
swagger = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="openapi")
)

urlpatterns = [
    path("api/public/", include("langfuse_site.api_urls")),
    path("admin/", site.urls),
    path("metrics", metrics),
    path("api/admin/", include("accounts.api.instance_urls")),
    path("api/openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("api/docs", swagger, name="api-docs"),
    path("", include("accounts.ui.urls")),
    path("", include("prompts.ui.files_urls")),
    path("", include("prompts.ui.urls")),
    path("", include("tracing.ui.urls")),
    path("", include("analytics.budgets.urls")),
    path("", include("analytics.ui.urls")),
]
