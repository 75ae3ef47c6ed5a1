# The image of web, worker, beat and migrate; docker-compose.yml says which is which.

FROM python:3.13-slim AS packages
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENTENTE_MODE=production
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent entente
WORKDIR /srv/entente
COPY --from=packages /venv /venv
COPY . .
# The values serve this one command and are not kept in the image.
RUN SECRET_KEY=only-for-collectstatic-0123456789-0123456789-0123456789 \
    LEDGER_KEY=0000000000000000000000000000000000000000000000000000000000000001 \
    DATABASE_URL=sqlite://:memory: SITE_URL=https://entente.example ALLOWED_HOSTS=entente.example \
    python manage.py collectstatic --noinput
# Uploaded files: the volume that is mounted here begins as this folder, with its owner.
RUN install --directory --owner=entente --group=entente var/media
USER entente
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "runtime/probe.py", "web"]
CMD ["python", "-m", "gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload", \
     "--no-control-socket"]
