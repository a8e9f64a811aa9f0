"""The key of an uploaded file in, what is known of it out."""

from tracing.models import Media


def get_media(project_id: str, media_id: str) -> Media | None:
    """Return the file's row, uploaded or not."""
    return Media.objects.filter(project_id=project_id, id=media_id).first()


def get_uploaded(project_id: str, media_id: str) -> Media | None:
    """Return the file's row where its bytes are here."""
    return Media.objects.filter(project_id=project_id, id=media_id, uploaded_at__isnull=False).first()
